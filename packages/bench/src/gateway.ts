import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { World } from '@taskflow/e2e/world';
import autocannon from 'autocannon';
import { canMeasureProcesses, type Measured, processorSeconds, residentBytes, start } from './processes.ts';
import { percentile, type Row, type Table } from './table.ts';

const PORTS = { upstream: 25_100, gateway: 25_101, operations: 25_102, nginx: 25_103, plain: 25_104 };
const UPSTREAM = `http://127.0.0.1:${PORTS.upstream}`;
const RATE = 500;
const SECONDS = 5;
const ROUNDS = 3;
const CONNECTIONS = 20;
const LARGE_BYTES = 2 ** 30;
const PATH = '/tasks/search?q=is:open';

interface Target {
  name: string;
  pid: number;
  url: string;
  headers: Record<string, string>;
  processor: number[];
  p50: number[];
  p99: number[];
}

/** The gateway with everything on, beside nginx and the usual proxy for Node with nothing but proxying; one upstream for all. */
export async function gateway(): Promise<Table> {
  if (!canMeasureProcesses) throw new Error('processor time of another process is read from /proc: this needs Linux');
  const folder = mkdtempSync(join(tmpdir(), 'taskflow-bench-'));
  const world = await World.start({ portOffset: 14_000 });
  const started: Measured[] = [];
  const run = async (...command: Parameters<typeof start>) => {
    const process = await start(...command);
    started.push(process);
    return process;
  };
  try {
    const here = import.meta.dirname;
    await run(process.execPath, [join(here, 'upstream.ts'), String(PORTS.upstream)], { ready: UPSTREAM });
    const ours = await run(process.execPath, ['dist/main.js'], {
      cwd: join(here, '../../../services/gateway'),
      ready: `http://127.0.0.1:${PORTS.operations}/readyz`,
      environment: {
        PORT: String(PORTS.gateway),
        OPERATIONS_PORT: String(PORTS.operations),
        SECRETS_DIR: world.system.secretsFolder('gateway'),
        AUTH_URL: `http://127.0.0.1:${world.system.port('auth')}`,
        TASKS_URL: UPSTREAM,
        NOTIFICATIONS_URL: `http://127.0.0.1:${world.system.port('notifications')}`,
        METRICS_URL: `http://127.0.0.1:${world.system.port('metrics')}`,
        RATE_LIMIT_USER: '10000000',
        RATE_LIMIT_ADDRESS: '10000000',
      },
    });
    const plain = await run(process.execPath, [join(here, 'plain-proxy.ts'), String(PORTS.plain), UPSTREAM], {
      ready: `http://127.0.0.1:${PORTS.plain}/`,
    });
    const ana = await world.person('Ana');
    const { token } = await ana.must<{ token: string }>('POST', '/auth/tokens', { name: 'bench', scopes: ['read', 'write'] });
    const target = (name: string, pid: number, port: number, headers = {}): Target => ({
      name,
      pid,
      url: `http://127.0.0.1:${port}`,
      headers,
      processor: [],
      p50: [],
      p99: [],
    });
    const own = target('gateway', ours.pid, PORTS.gateway, { authorization: `Bearer ${token}` });
    const others = [target('@fastify/http-proxy', plain.pid, PORTS.plain)];
    const nginx = await startNginx(folder, run);
    if (nginx) others.unshift(target('nginx', nginx.pid, PORTS.nginx));
    const targets = [own, ...others];
    for (const each of targets) await load(each, 2); // warm
    for (const each of targets) [each.processor, each.p50, each.p99] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) for (const each of targets) await load(each, SECONDS);

    const middle = (values: number[]) => percentile(values, 0.5);
    const rows = targets.flatMap(({ name, processor, p50, p99 }): Row[] => [
      { what: `${name}: processor time a request`, value: middle(processor), unit: 'µs' },
      { what: `${name}: answered after, p50`, value: middle(p50), unit: 'ms' },
      { what: `${name}: answered after, p99`, value: middle(p99), unit: 'ms' },
    ]);
    const AIMS: Record<string, number> = { nginx: 2.2, '@fastify/http-proxy': 0.5 };
    for (const { name, processor } of others) {
      rows.push({
        what: `processor time, gateway to ${name}`,
        value: middle(own.processor) / middle(processor),
        unit: '×',
        aim: AIMS[name]!,
      });
    }
    rows.push(...(await large(own)));
    return {
      method:
        `${RATE} requests/s over ${CONNECTIONS} connections, ${ROUNDS} × ${SECONDS} s each in turn, medians; the gateway authenticates, limits rates, traces, logs and counts, ` +
        `the others only proxy${nginx ? '' : '; no nginx was found on this machine'}`,
      rows,
    };
  } finally {
    for (const process of started.toReversed()) await process.stop();
    await world.stop();
    rmSync(folder, { recursive: true });
  }
}

async function load(target: Target, duration: number): Promise<void> {
  const before = processorSeconds(target.pid);
  const result = await autocannon({
    url: target.url + PATH,
    headers: target.headers,
    connections: CONNECTIONS,
    overallRate: RATE,
    duration,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${target.name} answered ${result.non2xx} requests with an error, ${result.errors} not at all`);
  }
  target.processor.push(((processorSeconds(target.pid) - before) / result.requests.total) * 1e6);
  target.p50.push(result.latency.p50);
  target.p99.push(result.latency.p99);
}

async function startNginx(folder: string, run: (...command: Parameters<typeof start>) => Promise<Measured>): Promise<Measured | undefined> {
  const configuration = `
    daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      upstream behind { server 127.0.0.1:${PORTS.upstream}; keepalive 32; }
      server {
        listen 127.0.0.1:${PORTS.nginx};
        location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), configuration);
  try {
    return await run('nginx', ['-c', join(folder, 'nginx.conf')], { ready: `http://127.0.0.1:${PORTS.nginx}/` });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A gibibyte each way: memory must not grow with it. */
async function large(target: Target): Promise<Row[]> {
  const before = residentBytes(target.pid);
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, residentBytes(target.pid))), 50);
  try {
    await transfer(target, 'GET', `/tasks/bytes/${LARGE_BYTES}`, 0);
    await transfer(target, 'POST', '/tasks/imports', LARGE_BYTES);
  } finally {
    clearInterval(watch);
  }
  return [
    { what: 'gateway: memory for 1 GiB down and 1 GiB up, more than before', value: (most - before) / 2 ** 20, unit: 'MiB', aim: 64 },
  ];
}

function transfer({ url, headers }: Target, method: string, path: string, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url + path,
      { method, headers: { ...headers, ...(bytes > 0 ? { 'content-length': bytes, 'content-type': 'application/octet-stream' } : {}) } },
      (response) => {
        response
          .resume()
          .on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`${method} ${path}: HTTP ${response.statusCode}`))));
      },
    );
    sent.on('error', reject);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let rest = bytes;
    const write = () => {
      while (rest > 0) {
        rest -= chunk.length;
        if (!sent.write(chunk)) {
          sent.once('drain', write);
          return;
        }
      }
      sent.end();
    };
    write();
  });
}
