import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from './databases.ts';
import { clusterDirectory, type PostgresProcess, startPostgres, stopLeftover } from './postgres.ts';
import { SecretStore } from './secrets.ts';
import { databaseSecret, FRONTEND_PORT, OPERATIONS, type Service, type ServiceName, services } from './services.ts';
import { type Command, Supervised } from './supervised.ts';

export interface SystemOptions {
  /** folder of the database, the secrets and nothing else */
  home: string;
  /** added to every port, so that two systems can run on one machine */
  portOffset?: number;
  /** reload a service when its code changes */
  watch?: boolean;
  /** run the bundles that `npm run build` makes, as the images do, rather than the sources */
  bundles?: boolean;
  /** superuser's address of a PostgreSQL to use instead of the embedded one */
  databaseUrl?: string | undefined;
  /** order in which the processes start; the order of services.ts when not set */
  order?: ServiceName[];
  frontend?: boolean;
  /** further settings for all services, such as LOG_LEVEL */
  environment?: NodeJS.ProcessEnv;
  onLine?: (name: string, line: string) => void;
  onEvent?: (event: SystemEvent) => void;
}

export type SystemEvent = { name: string } & (
  | { kind: 'ready'; milliseconds: number }
  | { kind: 'crashed'; reason: string; waitMs: number }
);

/** A port is taken. The message says by whom it is needed and what to do. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Vite's command line, which serves the web app on this machine as nginx does in the cluster. */
const VITE = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
const CALLERS: ReadonlySet<string> = new Set(['frontend', 'gateway', 'health-checker']);
const GRACE_MS = 10_000;
const POLL_MS = 25;
/**
 * glibc otherwise keeps what was freed: each Argon2id takes 19 MB and more for a moment, and its threshold for giving such
 * blocks back rises with the first (mallopt(3), M_MMAP_THRESHOLD). After 50 registrations auth holds 113 MB, not 193.
 */
const MALLOC = { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' };

/** The whole of TaskFlow as processes of this machine: PostgreSQL, seven services and the web front end. */
export class System {
  readonly url: string;
  readonly gatewayUrl: string;
  readonly #options: SystemOptions;
  readonly #offset: number;
  readonly #secrets: SecretStore;
  readonly #processes = new Map<string, Supervised>();
  #postgres: PostgresProcess | undefined;
  #postgresPort = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: SystemOptions) {
    this.#options = options;
    this.#offset = options.portOffset ?? 0;
    mkdirSync(options.home, { recursive: true });
    this.#secrets = new SecretStore(join(options.home, 'secrets'));
    this.url = `http://localhost:${FRONTEND_PORT + this.#offset}`;
    this.gatewayUrl = `http://127.0.0.1:${this.port('gateway')}`;
  }

  get adminPassword(): string {
    return this.#secrets.shared('admin-password');
  }

  /** Where a service finds its secrets. */
  secretsFolder(name: ServiceName): string {
    return this.#secrets.folder(name);
  }

  port(name: ServiceName): number {
    return (services.find((service) => service.name === name) as Service).port + this.#offset;
  }

  /** The process id of a service, or of the embedded database. */
  pid(name: ServiceName | 'database'): number | undefined {
    return name === 'database' ? this.#postgres?.process.pid : this.#processes.get(name)?.pid;
  }

  /** @throws PortTakenError, PostgresError */
  async start(): Promise<void> {
    await this.#checkPorts();
    const adminUrl = await this.#measure('database', () => this.#startDatabase());
    for (const service of services) await this.#writeSecrets(service, adminUrl);
    const order = this.#options.order ?? services.map(({ name }) => name);
    for (const name of order) this.#spawn(this.#serviceCommand(name));
    if (this.#options.frontend) this.#spawn(this.#frontendCommand());
    const begin = performance.now();
    await Promise.all([...this.#processes.keys()].map((name) => this.#untilReady(name, begin)));
  }

  /**
   * Ends who calls before who is called, and the database last: nothing that was acknowledged is cut off, and the health
   * checker hands over its last reports.
   */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      const all = [...this.#processes.values()];
      const stopAll = (some: Supervised[]) => Promise.all(some.map((child) => child.stop(GRACE_MS)));
      await stopAll(all.filter(({ name }) => CALLERS.has(name)));
      await stopAll(all.filter(({ name }) => !CALLERS.has(name)));
      await this.#postgres?.stop();
    })();
    return this.#stopping;
  }

  async #startDatabase(): Promise<string> {
    if (this.#options.databaseUrl) return this.#options.databaseUrl;
    const directory = clusterDirectory(join(this.#options.home, 'postgres'));
    await stopLeftover(directory);
    this.#postgresPort ||= await freePort();
    this.#postgres = await startPostgres({ directory, port: this.#postgresPort, settings: { log_min_messages: 'warning' } });
    this.#postgres.process.once('exit', () => void this.#restartDatabase());
    return this.#postgres.url;
  }

  async #restartDatabase(): Promise<void> {
    while (!this.#stopping) {
      this.#options.onEvent?.({ name: 'database', kind: 'crashed', reason: 'ended', waitMs: 200 });
      await new Promise((resolve) => setTimeout(resolve, 200));
      try {
        await this.#measure('database', () => this.#startDatabase());
        return;
      } catch {
        // its last processes may still be ending; try again
      }
    }
  }

  async #writeSecrets(service: Service, adminUrl: string): Promise<void> {
    for (const name of service.secrets) this.#secrets.write(service.name, name, this.#secrets.shared(name));
    if (!service.database) return;
    const password = this.#secrets.shared(`${service.name}-database-password`);
    const database = service.name === 'audit-sidecar' ? 'audit' : service.name;
    this.#secrets.write(service.name, databaseSecret(service), await prepareDatabase(adminUrl, database, password));
  }

  #spawn(command: Command): void {
    const child = new Supervised(command, {
      line: (name, line) => this.#options.onLine?.(name, line),
      crashed: (name, reason, waitMs) => {
        this.#options.onEvent?.({ name, kind: 'crashed', reason, waitMs });
        const begin = performance.now();
        setTimeout(() => void this.#untilReady(name, begin).catch(() => {}), waitMs);
      },
    });
    this.#processes.set(command.name, child);
    child.start();
  }

  #serviceCommand(name: ServiceName): Command {
    const url = (service: ServiceName) => `http://127.0.0.1:${this.port(service)}`;
    return {
      name,
      arguments: [
        ...(this.#options.watch ? ['--watch', '--watch-preserve-output'] : []),
        this.#options.bundles ? 'dist/main.js' : 'src/main.ts',
      ],
      cwd: join(ROOT, 'services', name),
      environment: {
        PATH: process.env.PATH,
        ...MALLOC,
        PORT: String(this.port(name)),
        OPERATIONS_PORT: String(this.port(name) + OPERATIONS),
        SECRETS_DIR: this.#secrets.folder(name),
        CONFIG_DIR: join(this.#options.home, 'config'),
        // What was compiled is kept: the second start is a fifth shorter.
        NODE_COMPILE_CACHE: join(this.#options.home, 'compile-cache'),
        ENVIRONMENT: 'development',
        LOG_LEVEL: 'info',
        DRAIN_SECONDS: '0',
        SHUTDOWN_SECONDS: '5',
        PUBLIC_URL: this.url,
        AUTH_URL: url('auth'),
        TASKS_URL: url('tasks'),
        NOTIFICATIONS_URL: url('notifications'),
        METRICS_URL: url('metrics'),
        AUDIT_URL: url('audit-sidecar'),
        TARGETS: `metrics=${url('metrics')}/`,
        ...this.#options.environment,
      },
    };
  }

  #frontendCommand(): Command {
    return {
      name: 'frontend',
      arguments: [
        VITE,
        ...(this.#options.watch ? [] : ['preview']),
        '--port',
        String(FRONTEND_PORT + this.#offset),
        '--strictPort',
        '--logLevel',
        'warn',
      ],
      cwd: join(ROOT, 'services', 'frontend'),
      environment: { ...process.env, GATEWAY_URL: this.gatewayUrl },
    };
  }

  async #untilReady(name: string, begin: number): Promise<void> {
    const url = name === 'frontend' ? this.url : `http://127.0.0.1:${this.port(name as ServiceName) + OPERATIONS}/readyz`;
    while (!this.#stopping) {
      if (await answersOk(url)) return this.#options.onEvent?.({ name, kind: 'ready', milliseconds: performance.now() - begin });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #measure<T>(name: string, run: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    const value = await run();
    this.#options.onEvent?.({ name, kind: 'ready', milliseconds: performance.now() - begin });
    return value;
  }

  async #checkPorts(): Promise<void> {
    const wanted = services.flatMap(({ name, port }) => [
      { name, port: port + this.#offset },
      { name: `${name} (operations)`, port: port + this.#offset + OPERATIONS },
    ]);
    if (this.#options.frontend) wanted.push({ name: 'frontend', port: FRONTEND_PORT + this.#offset });
    const taken = [];
    for (const { name, port } of wanted) if (!(await isFree(port))) taken.push(`${port} (${name})`);
    if (taken.length > 0) {
      throw new PortTakenError(
        `these ports are taken: ${taken.join(', ')}. Stop what listens there (another TaskFlow?), or start with PORT_OFFSET=100 to use others`,
      );
    }
  }
}

export const version = (): string => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

/** Not by fetch, which refuses port 6000 for what once listened there (WHATWG Fetch, bad ports). */
function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2000 }, (response) => resolve(response.resume().statusCode === 200));
    request.on('timeout', () => request.destroy()).on('error', () => resolve(false));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
