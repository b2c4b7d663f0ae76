// Rotates secrets while everything runs: no restart, no failed request. See docs/operations.md.
//
//   node k8s/rotate.mjs tasks-api-key …   makes new values and brings them into use, step by step; several at once take no longer
//   node k8s/rotate.mjs --drop NAME …     drops what a rotation has left accepted for a while
//   node k8s/rotate.mjs --status          which process uses which version
//
// It needs kubectl, with the right to read and change Secrets, to annotate pods, to forward ports and, for passwords of the
// database, to run psql in its pod (or --psql COMMAND, which reads SQL from its standard input as an administrator).
// A run that was interrupted is completed by starting it again.
import { spawn } from 'node:child_process';
import { createHash, createHmac, generateKeyPairSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const BACKEND = 'taskflow-backend';
const FRONTEND = 'taskflow-frontend';
const PSQL = `kubectl exec -i -n ${BACKEND} postgres-0 -c postgres -- psql --username postgres --no-psqlrc`;

/** Operational ports of the processes, and in whose pods they are. */
const PROCESSES = {
  gateway: { namespace: FRONTEND, app: 'gateway', port: 4000 },
  auth: { namespace: BACKEND, app: 'auth', port: 6000 },
  'audit-sidecar': { namespace: BACKEND, app: 'auth', port: 10090 },
  tasks: { namespace: BACKEND, app: 'tasks', port: 9081 },
  'health-checker': { namespace: BACKEND, app: 'tasks', port: 10091 },
  notifications: { namespace: BACKEND, app: 'notifications', port: 4001 },
  metrics: { namespace: BACKEND, app: 'metrics', port: 6001 },
};

const apiKeys = (namespace) => ({ namespace, secret: 'api-keys' });
const auth = { namespace: BACKEND, secret: 'auth-secrets' };
const own = (name) => ({ namespace: BACKEND, secret: `${name}-secrets` });

/** What can be rotated: how, the key in which Secrets, and which processes read it. */
const SECRETS = {
  'gateway-api-key': { kind: 'key', places: [apiKeys(BACKEND), apiKeys(FRONTEND)], readers: ['gateway', 'auth', 'metrics'] },
  'tasks-api-key': { kind: 'key', places: [apiKeys(BACKEND)], readers: ['tasks', 'health-checker', 'auth', 'metrics'] },
  'notifications-api-key': { kind: 'key', places: [apiKeys(BACKEND)], readers: ['tasks', 'notifications'] },
  'audit-api-key': { kind: 'key', places: [auth], readers: ['auth', 'audit-sidecar'] },
  'notifications-signing-key': { kind: 'key', keeps: true, places: [own('notifications')], readers: ['notifications'] },
  'jwt-secret': { kind: 'tokens', places: [auth], readers: ['auth'] },
  'audit-signing-key': { kind: 'checkpoints', places: [auth], readers: ['audit-sidecar'] },
  'auth-database-password': { kind: 'password', key: 'database-url', places: [auth], readers: ['auth'] },
  'audit-database-password': { kind: 'password', key: 'audit-database-url', places: [auth], readers: ['audit-sidecar'] },
  'tasks-database-password': { kind: 'password', key: 'database-url', places: [own('tasks')], readers: ['tasks'] },
  'notifications-database-password': {
    kind: 'password',
    key: 'database-url',
    places: [own('notifications')],
    readers: ['notifications'],
  },
  'metrics-database-password': { kind: 'password', key: 'database-url', places: [own('metrics')], readers: ['metrics'] },
  'postgres-password': { kind: 'superuser', places: [{ namespace: BACKEND, secret: 'database-setup' }], readers: [] },
};

/** Seconds that a token lives (auth's ACCESS_TOKEN_SECONDS), and some for clocks that differ. */
const TOKEN_SECONDS = 330;
/** Seconds from a key's activation in all replicas to its first use: longer than a verifier waits between two fetches of the keys. */
const PUBLISH_SECONDS = 10;
const DAY_SECONDS = 86_400;
const PICK_UP_SECONDS = 300;
const SETTLE_SECONDS = 5;
/** Iterations of SCRAM-SHA-256, as PostgreSQL has it. */
const SCRAM_ITERATIONS = 4096;

/**
 * The steps of each kind. A step gives the next value of the secret; between two of them, all processes that read it must
 * have picked the last one up. What a run that was cut off has left is written once more, so that this holds for it too.
 */
const STEPS = {
  /** One a line: the first is sent, all are accepted. */
  key: (value, { keeps }) => {
    const [current] = lines(value);
    const young = randomBytes(24).toString('base64url');
    return [
      // The second of two is from a rotation before, or one that was cut off: nobody sends it once all have this version.
      ...(lines(value).length > 1 ? [() => value, () => current] : []),
      () => `${current}\n${young}`,
      () => `${young}\n${current}`,
      ...(keeps ? [] : [() => young]),
    ];
  },
  /** JWK set, newest first; each signs from its activeFrom on. Published to all first, then used. */
  tokens: (value) => {
    const { keys } = JSON.parse(value);
    const interrupted = !isActive(keys[0]);
    const young = interrupted ? keys[0] : ed25519();
    const others = withoutLongReplaced(interrupted ? keys.slice(1) : keys);
    const set = (seconds) => JSON.stringify({ keys: [{ ...young, activeFrom: secondsFromNow(seconds) }, ...others] });
    return [() => (interrupted ? value : set(DAY_SECONDS)), () => set(PUBLISH_SECONDS)];
  },
  /** JWK set: all with a private part sign. What is left of a retired one verifies the checkpoints of its time. */
  checkpoints: (value) => {
    const { keys } = JSON.parse(value);
    const young = ed25519();
    return [() => JSON.stringify({ keys: [young, ...keys] }), () => JSON.stringify({ keys: [young, ...keys.map(publicPart)] })];
  },
  /** One address a line, of which the server accepts one. */
  password: (value, { psql }) => {
    const [first, ...others] = lines(value).map((line) => new URL(line));
    const interrupted = others.length > 0;
    const old = interrupted ? others[0] : first;
    const young = interrupted ? first : Object.assign(new URL(first), { password: randomBytes(24).toString('base64url') });
    return [
      () => (interrupted ? value : `${young.href}\n${old.href}`),
      async () => {
        const [username, before, after] = [young.username, old.password, young.password].map(decodeURIComponent);
        await setPassword(psql, username, after);
        await replaceInSetup(before, after);
        return young.href;
      },
    ];
  },
  /** No process uses it, only people who are let into the pod anyway. */
  superuser: (_value, { psql }) => [
    async () => {
      const young = randomBytes(24).toString('base64url');
      await setPassword(psql, 'postgres', young);
      return young;
    },
  ],
};

/** What `--drop` leaves. */
const DROP = {
  key: (value) => lines(value)[0],
  tokens: (value, { force }) => {
    const [newest, ...others] = JSON.parse(value).keys;
    const end = Date.parse(newest.activeFrom ?? 0) + TOKEN_SECONDS * 1000;
    if (others.length > 0 && Date.now() < end && !force) {
      throw new Error(
        `jwt-secret: tokens of the old key are valid until ${new Date(end).toISOString()}; --force drops it now, and their holders are refused`,
      );
    }
    return JSON.stringify({ keys: [{ ...newest, ...(isActive(newest) ? {} : { activeFrom: secondsFromNow(0) }) }] });
  },
};

const lines = (value) => value.trim().split(/\s+/);
const secondsFromNow = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const isActive = ({ activeFrom = 0 }) => new Date(activeFrom).getTime() <= Date.now();
const publicPart = ({ d: _, ...key }) => key;
const version = (value) => createHash('sha256').update(value.trim()).digest('hex').slice(0, 4);

function withoutLongReplaced(keys) {
  const replacedAt = (index) => new Date(keys[index - 1].activeFrom ?? 0).getTime();
  return keys.filter((_, index) => index === 0 || Date.now() - replacedAt(index) < TOKEN_SECONDS * 1000);
}

/** A private JWK (RFC 8037) whose id is its thumbprint (RFC 7638). */
function ed25519() {
  const { crv, d, kty, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { kty, crv, x, d, kid, alg: 'EdDSA', use: 'sig' };
}

/** Sends the verifier, as psql's \password does, so that the password shows up in no log of the server. */
function setPassword(psql, role, password) {
  const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  const [saltText, storedText, serverText] = [salt, storedKey, hmac(salted, 'Server Key')].map((bytes) => bytes.toString('base64'));
  const verifier = `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${saltText}$${storedText}:${serverText}`;
  const statement = `\\set ON_ERROR_STOP on\nalter role "${role.replaceAll('"', '""')}" password '${verifier}';\n`;
  return run('sh', ['-c', psql], statement);
}

/** A server that is set up anew, for a restore, gets the password of today. */
async function replaceInSetup(old, young) {
  const place = { namespace: BACKEND, secret: 'database-setup' };
  const sql = await readSecret(place, 'databases.sql').catch(() => '');
  if (sql.includes(`'${old}'`)) await writeSecret([place], 'databases.sql', sql.replaceAll(`'${old}'`, `'${young}'`));
}

const getSecret = async ({ namespace, secret }) =>
  JSON.parse(await run('kubectl', ['get', 'secret', '-n', namespace, secret, '-o', 'json']));

async function readSecret(place, key) {
  const { data } = await getSecret(place);
  if (data?.[key] === undefined) throw new Error(`the Secret ${place.namespace}/${place.secret} has no ${key}`);
  return Buffer.from(data[key], 'base64').toString();
}

/** By standard input, since other people of the machine see arguments; refused when somebody else has changed the Secret meanwhile. */
async function writeSecret(places, key, value) {
  for (const place of places) {
    const secret = await getSecret(place);
    secret.data[key] = Buffer.from(value).toString('base64');
    await run('kubectl', ['replace', '-f', '-'], JSON.stringify(secret));
  }
}

/** Lets the kubelets look at once; else they do so about once a minute. */
async function hurry(readers) {
  const apps = new Set(readers.map((reader) => PROCESSES[reader]));
  for (const { namespace, app } of apps)
    await run('kubectl', [
      'annotate',
      'pods',
      '-n',
      namespace,
      '-l',
      `app=${app}`,
      '--overwrite',
      `taskflow/secrets-changed=${Date.now()}`,
    ]);
}

/** Metrics of all pods, by forwarded ports, which no network policy stands in the way of. */
class Pods {
  #forwards = new Map();

  /** @returns for each pod of the process what `secret_version` says: { secret: version }, or undefined when it does not answer */
  async versions(process) {
    const { namespace, app, port } = PROCESSES[process];
    const selector = ['-l', `app=${app},pod-template-hash`];
    const names = (await run('kubectl', ['get', 'pods', '-n', namespace, ...selector, '-o', 'name'])).split('\n').filter(Boolean);
    return Promise.all(names.map(async (pod) => ({ pod: pod.slice('pod/'.length), versions: await this.#read(namespace, pod, port) })));
  }

  close() {
    for (const { child } of this.#forwards.values()) child.kill();
  }

  async #read(namespace, pod, port) {
    const name = `${namespace} ${pod} ${port}`;
    try {
      if (!this.#forwards.has(name)) this.#forwards.set(name, await forward(namespace, pod, port));
      const metrics = await getText(`${this.#forwards.get(name).url}/metrics`);
      return Object.fromEntries([...metrics.matchAll(/^secret_version\{secret="(.+?)",version="(.+?)"/gm)].map(([, ...pair]) => pair));
    } catch {
      this.#forwards.get(name)?.child.kill();
      this.#forwards.delete(name);
      return undefined;
    }
  }
}

/** A port of this machine that leads to one of a pod. */
function forward(namespace, pod, port) {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, pod, `:${port}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const [, local] = /127\.0\.0\.1:(\d+)/.exec(text) ?? [];
      if (local) resolve({ child, url: `http://127.0.0.1:${local}` });
    });
    child.on('error', reject).on('exit', () => reject(new Error('the port is not forwarded')));
  });
}

async function getText(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.text();
}

/** @returns what the command printed */
function run(command, args, input = '') {
  const child = spawn(command, args);
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {}); // a command that reads nothing
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.slice(0, 4).join(' ')} … ended with ${code}: ${errors.trim()}`));
    });
  });
}

/** Waits until every pod of the processes that read them uses the given versions. */
async function pickedUp(pods, changes) {
  const readers = changes.flatMap(({ readers }) => readers);
  if (readers.length === 0) return;
  await hurry(readers);
  const end = Date.now() + PICK_UP_SECONDS * 1000;
  for (;;) {
    const behind = [];
    for (const process of new Set(readers)) {
      const wanted = changes.filter(({ readers }) => readers.includes(process));
      const found = await pods.versions(process);
      if (found.length === 0) behind.push(`${process} (no pod)`);
      for (const { pod, versions } of found)
        if (!wanted.every(({ key, value }) => versions?.[key] === version(value))) behind.push(`${process} in ${pod}`);
    }
    if (behind.length === 0) break;
    if (Date.now() > end) throw new Error(`not picked up within ${PICK_UP_SECONDS} s, start again: ${behind.join(', ')}`);
    await pause(1000);
  }
  // What began with the version before is over: logging in to the database takes at most five seconds.
  await pause(SETTLE_SECONDS * 1000);
}

const find = (names) =>
  names.map((name) => {
    if (!SECRETS[name]) throw new Error(`there is no secret ${name}; there are:\n  ${Object.keys(SECRETS).join('\n  ')}`);
    return { name, key: name, ...SECRETS[name] };
  });

async function rotate(pods, names, options) {
  const rotations = [];
  for (const secret of find(names)) {
    const value = await readSecret(secret.places[0], secret.key);
    rotations.push({ ...secret, steps: STEPS[secret.kind](value, { ...options, ...secret }) });
  }
  for (let step = 0; rotations.some(({ steps }) => steps.length > step); step++) {
    const changes = [];
    for (const { name, key, places, readers, steps } of rotations) {
      if (!steps[step]) continue;
      const value = await steps[step]();
      await writeSecret(places, key, value);
      changes.push({ key, readers, value });
      say(`${name}: step ${step + 1} of ${steps.length} is written`);
    }
    await pickedUp(pods, changes);
    say('all processes have it');
  }
  for (const { name, kind, keeps } of rotations) {
    if (kind === 'tokens')
      say(`${name}: signs within ${PUBLISH_SECONDS} s; the old key is accepted until the next rotation, or until --drop`);
    if (keeps) say(`${name}: the old one is accepted until the next rotation, or until --drop, for links in mail`);
  }
}

async function drop(pods, names, options) {
  const present = [];
  for (const secret of find(names)) {
    if (!DROP[secret.kind]) throw new Error(`${secret.name}: a rotation leaves nothing to drop`);
    const value = await readSecret(secret.places[0], secret.key);
    present.push({ ...secret, value, rest: DROP[secret.kind](value, options) });
  }
  await pickedUp(pods, present);
  for (const { places, key, rest } of present) await writeSecret(places, key, rest);
  await pickedUp(
    pods,
    present.map(({ key, readers, rest }) => ({ key, readers, value: rest })),
  );
  say('dropped');
}

async function status(pods) {
  for (const { name, key, places, readers } of find(Object.keys(SECRETS))) {
    const expected = version(await readSecret(places[0], key));
    console.log(`${name} ${readers.length > 0 ? expected : '(read by no process)'}`);
    for (const process of readers)
      for (const { pod, versions } of await pods.versions(process))
        console.log(`  ${process} in ${pod}: ${versions?.[key] === expected ? 'has it' : (versions?.[key] ?? 'does not answer')}`);
  }
}

const say = (text) => console.log(`${new Date().toISOString()} ${text}`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    drop: { type: 'boolean' },
    force: { type: 'boolean' },
    status: { type: 'boolean' },
    psql: { type: 'string', default: PSQL },
  },
});
if ((positionals.length === 0) !== Boolean(values.status)) {
  console.error(`usage: rotate.mjs [--psql COMMAND] NAME…
       rotate.mjs --drop [--force] NAME…
       rotate.mjs --status
names: ${Object.keys(SECRETS).join(' ')}`);
  process.exit(2);
}
const pods = new Pods();
try {
  if (values.status) await status(pods);
  else if (values.drop) await drop(pods, positionals, values);
  else await rotate(pods, positionals, values);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  pods.close();
}
