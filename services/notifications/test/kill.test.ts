import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ChangeEvent } from '@taskflow/contracts/events';
import { testIssuer } from '@taskflow/testing/issuer';
import { freePort } from '@taskflow/testing/postgres';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { v7 } from 'uuid';
import { afterAll, expect, it } from 'vitest';
import { startMailServer, startReceiver } from './receivers.ts';
import { addressOf, changeEvent, deliver, SECRETS } from './support.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const EVENTS = 120;
const BATCH = 8;
const KILLS = 3;

const [issuer, databaseUrl, mailServer, receiver] = await Promise.all([
  testIssuer(),
  testDatabase('notifications'),
  startMailServer(),
  startReceiver(),
]);
const environment = {
  PATH: process.env.PATH,
  LOG_LEVEL: 'fatal',
  SECRETS_DIR: testSecrets({ 'database-url': databaseUrl, ...SECRETS }),
  AUTH_URL: issuer.url,
  SMTP_URL: mailServer.url,
  // a claim of a killed process runs out after twice this
  SMTP_TIMEOUT_SECONDS: '1',
  WEBHOOK_TIMEOUT_SECONDS: '1',
  RETRY_SECONDS: '0.05',
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
};

/** One of the two replicas; it comes back at the same address. */
class Replica {
  readonly url: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;

  constructor(port: number, operationsPort: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = { ...environment, PORT: String(port), OPERATIONS_PORT: String(operationsPort) };
  }

  start(): void {
    this.#child = spawn(process.execPath, [MAIN], { env: this.#environment, stdio: ['ignore', 'ignore', 'inherit'] });
  }

  ready(): Promise<unknown> {
    return until(async () => (await fetch(this.url)).ok, { ms: 30_000, what: `readiness of ${this.url}` });
  }

  async kill(): Promise<void> {
    if (!this.#child || this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
const replicas = [new Replica(await freePort(), await freePort()), new Replica(await freePort(), await freePort())] as const;

const sql = postgres(databaseUrl, { max: 2 });
afterAll(async () => {
  await sql.end();
  for (const replica of replicas) await replica.kill();
});

/** As tasks does it: in order, each batch until it is acknowledged by one of them, and some once more although they were. */
async function relay(events: ChangeEvent[]): Promise<void> {
  let turn = 0;
  for (let index = 0; index < events.length; index += BATCH) {
    const batch = events.slice(index, index + BATCH);
    for (;;) {
      const { url } = replicas[turn++ % replicas.length]!;
      const status = await deliver(url, batch).then(
        (answer) => answer.status,
        () => 0,
      );
      await sleep(40); // so that there is some of it under way at each kill
      if (status === 204 && Math.random() < 0.8) break;
    }
  }
}

it('tells each person once on each channel, whatever is killed or repeated', { timeout: 120_000 }, async () => {
  for (const replica of replicas) replica.start();
  for (const replica of replicas) await replica.ready();
  const { url } = replicas[0];
  const workspaceId = v7();
  const people = Array.from({ length: 5 }, () => v7());
  const authorization = `Bearer ${await issuer.token({ workspaces: { [workspaceId]: 'owner' } })}`;
  const created = await fetch(`${url}/notifications/webhooks`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ workspaceId, name: 'kill', url: receiver.url }),
  });
  expect(created.status).toBe(201);

  const events = Array.from({ length: EVENTS }, (_, index) =>
    changeEvent({ [people[index % people.length]!]: 'mentioned' }, { workspaceId }),
  );
  const relays = Promise.all([relay(events.slice(0, EVENTS / 2)), relay(events.slice(EVENTS / 2))]);
  for (let count = 0; count < KILLS; count++) {
    const replica = replicas[count % replicas.length]!;
    await replica.ready();
    await sleep(Math.random() * 250);
    await replica.kill();
    replica.start();
  }
  await relays;
  await replicas[0].ready();
  await until(
    async () => {
      const [row] = await sql`
        select (select count(*)::int from emails where state = 'pending') + (select count(*)::int from deliveries where state = 'pending') as pending`;
      return row!.pending === 0;
    },
    { ms: 30_000, every: 100, what: 'an empty queue' },
  );

  for (const person of people) {
    const mine = events.filter(({ notify }) => notify[0]!.userId === person).map(({ taskId }) => taskId);
    const answer = await fetch(`${url}/notifications/inbox?limit=200`, {
      headers: { authorization: `Bearer ${await issuer.token({ sub: person })}` },
    });
    const { items } = (await answer.json()) as { items: Array<{ taskId: string }> };
    expect(items.map(({ taskId }) => taskId).sort()).toEqual(mine.sort());
    const mails = mailServer.mailsTo(addressOf(person));
    expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(mine.length);
    expect(new Set(mails.map(({ headers }) => headers.references)).size).toBe(mine.length);
  }
  const ids = receiver.calls.map(({ headers }) => headers['webhook-id']);
  expect([...new Set(ids)].sort()).toEqual(events.map(({ id }) => id).sort());
  // what was under way when it was killed may come twice, with the id that tells it; nothing else does
  expect(mailServer.mails.length - EVENTS).toBeLessThanOrEqual(KILLS * 4);
  expect(ids.length - EVENTS).toBeLessThanOrEqual(KILLS * 20);
});
