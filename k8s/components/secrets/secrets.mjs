// Makes every Secret of TaskFlow at random; nothing has a default. Two ways:
//
//   in the cluster  a Job (job.yaml) makes what is missing through the API server, and leaves alone what is there
//   by hand         node secrets.mjs --database db.example.org:5432 [--sslmode verify-full] | kubectl apply -f -
//                   for clusters where no pod may make Secrets; each run makes new ones
//
// `databases.sql` in the Secret `database-setup` makes the roles and databases, for an administrator of the PostgreSQL server.
import { createHash, createPrivateKey, createPublicKey, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const BACKEND = 'taskflow-backend';
const FRONTEND = 'taskflow-frontend';
const DATABASES = ['auth', 'audit', 'tasks', 'notifications', 'metrics'];
const LABELS = { 'app.kubernetes.io/part-of': 'taskflow' };

/**
 * All Secrets, derived from one seed (HKDF, RFC 5869), so that a run that was interrupted is completed with values that fit.
 * @param {Buffer} seed 32 random bytes
 * @param {string} address host:port of PostgreSQL
 * @param {string} [sslmode] such as verify-full
 */
function secrets(seed, address, sslmode) {
  const bytes = (label, length) => Buffer.from(hkdfSync('sha256', seed, 'taskflow', label, length));
  const password = (label) => bytes(label, 24).toString('base64url');
  const databasePassword = (name) => password(`database ${name}`);
  const databaseUrl = (name) => `postgres://${name}:${databasePassword(name)}@${address}/${name}${sslmode ? `?sslmode=${sslmode}` : ''}`;
  const apiKey = (name) => ({ [`${name}-api-key`]: password(`${name}-api-key`) });
  const secret = (namespace, name, stringData) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name, labels: { ...LABELS, tier: namespace === FRONTEND ? 'frontend' : 'backend' } },
    type: 'Opaque',
    stringData,
  });
  return [
    secret(BACKEND, 'database-setup', {
      'postgres-password': password('postgres'),
      'databases.sql': DATABASES.map((name) => databaseSetup(name, databasePassword(name))).join('\n'),
    }),
    secret(BACKEND, 'api-keys', { ...apiKey('gateway'), ...apiKey('tasks'), ...apiKey('notifications') }),
    secret(FRONTEND, 'api-keys', apiKey('gateway')),
    secret(BACKEND, 'auth-secrets', {
      'database-url': databaseUrl('auth'),
      'jwt-secret': signingKeySet(bytes('jwt', 32)),
      'admin-password': password('admin-password'),
      'audit-database-url': databaseUrl('audit'),
      'audit-signing-key': signingKeySet(bytes('audit', 32)),
      ...apiKey('audit'),
    }),
    secret(BACKEND, 'tasks-secrets', { 'database-url': databaseUrl('tasks') }),
    secret(BACKEND, 'notifications-secrets', {
      'database-url': databaseUrl('notifications'),
      'notifications-signing-key': password('notifications-signing-key'),
    }),
    secret(BACKEND, 'metrics-secrets', { 'database-url': databaseUrl('metrics') }),
  ];
}

/** One role and one database per service; nobody else may connect to it. */
function databaseSetup(name, password) {
  return [
    `create role "${name}" login password '${password}';`,
    `create database "${name}" owner "${name}";`,
    `revoke all on database "${name}" from public;`,
    '',
  ].join('\n');
}

/** A JWK set with one Ed25519 private key (RFC 7517, RFC 8037). */
function signingKeySet(seed) {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]); // RFC 8410
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const kid = createHash('sha256').update(x).digest('hex').slice(0, 16);
  return JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' }] });
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const RETRY_MS = 1000;
const GIVE_UP_MS = 240_000;

/** Asks the API server as this pod's service account, again while it or the namespace is not there yet. */
async function request(method, path, body) {
  const server = 'https://kubernetes.default.svc';
  let reason = '';
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; await pause(RETRY_MS)) {
    const found = await fetch(`${server}${path}`, {
      method,
      headers: { authorization: `Bearer ${readFileSync(`${ACCOUNT}/token`, 'utf8')}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    }).catch((error) => ({ error }));
    const status = found.status;
    if (status < 300 || status === 409) return { status, body: await found.json() };
    // 404: no such namespace yet; 403: its role is not there yet.
    const problem = found.error ? (found.error.cause?.message ?? found.error.message) : `${status} ${(await found.json()).message}`;
    if (problem !== reason) console.log(`waiting: ${method} ${path}: ${problem}`);
    reason = problem;
  }
  throw new Error(`gave up after ${GIVE_UP_MS / 1000} s: ${method} ${path}: ${reason}`);
}

async function create(secret) {
  const { namespace, name } = secret.metadata;
  const { status } = await request('POST', `/api/v1/namespaces/${namespace}/secrets`, secret);
  console.log(`${namespace}/${name}: ${status === 409 ? 'exists, left as it is' : 'made'}`);
}

async function createInCluster(address) {
  const metadata = { namespace: BACKEND, name: 'seed', labels: { ...LABELS, tier: 'backend' } };
  await create({ apiVersion: 'v1', kind: 'Secret', metadata, immutable: true, data: { seed: randomBytes(32).toString('base64') } });
  const { body } = await request('GET', `/api/v1/namespaces/${BACKEND}/secrets/seed`);
  for (const secret of secrets(Buffer.from(body.data.seed, 'base64'), address)) await create(secret);
}

const { values } = parseArgs({
  options: { database: { type: 'string' }, sslmode: { type: 'string' }, 'in-cluster': { type: 'boolean' } },
});
if (!/^[^\s/@]+:\d+$/.test(values.database ?? '')) {
  console.error('usage: secrets.mjs --database host:port [--sslmode verify-full] [--in-cluster]');
  process.exit(2);
}
if (values['in-cluster']) await createInCluster(values.database);
else {
  const items = secrets(randomBytes(32), values.database, values.sslmode);
  console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2));
}
