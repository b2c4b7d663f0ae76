import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres as startEmbeddedPostgres } from '@taskflow/local/postgres';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import postgres from 'postgres';

export interface PostgresServer {
  /** address of the superuser */
  url: string;
  stop(): Promise<void>;
}

const IMAGE = 'postgres:17-bookworm';

/** A real PostgreSQL 17 for tests: in a container where a Docker engine can start one, else the embedded server. */
export async function startPostgres(): Promise<PostgresServer> {
  if (!dockerAnswers()) return startEmbedded();
  try {
    return await startContainer();
  } catch (error) {
    console.warn(`tests use the embedded PostgreSQL: no container could be started (${(error as Error).message})`);
    return startEmbedded();
  }
}

async function startContainer(): Promise<PostgresServer> {
  const container = await new PostgreSqlContainer(IMAGE).withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300']).start();
  return { url: container.getConnectionUri(), stop: async () => void (await container.stop()) };
}

async function startEmbedded(): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'taskflow-test-'));
  chmodSync(directory, 0o755); // root's server runs as another user, who must reach its folder
  const server = await startEmbeddedPostgres({ directory, port: await freePort(), settings: { fsync: 'off', max_connections: '300' } });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An own, empty database with an own role that owns it, and no rights elsewhere. */
export async function createDatabase(adminUrl: string, service = 'test'): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `${service.replaceAll('-', '_')}_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create role ${name} login password '${password}'`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  await admin.unsafe(`revoke all on database ${name} from public`);
  await admin.end();
  const url = new URL(adminUrl);
  url.username = name;
  url.password = password;
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      const again = postgres(adminUrl, { max: 1, onnotice: () => {} });
      await again.unsafe(`drop database if exists ${name} with (force)`);
      await again.unsafe(`drop role if exists ${name}`);
      await again.end();
    },
  };
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function dockerAnswers(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}
