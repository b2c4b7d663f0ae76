import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { connect } from '@taskflow/postgres/database';
import { testIssuer } from '@taskflow/testing/issuer';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { afterAll, describe, expect, it } from 'vitest';
import { pruneEvents } from '../../src/feed/prune.ts';
import { tasksService } from '../harness.ts';
import { type Behaviour, startReceiver } from './receiver.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

describe('a relay', async () => {
  const [notifications, metrics] = [await startReceiver(), await startReceiver()];
  const { server, sql, person } = await tasksService({ settings: { NOTIFICATIONS_URL: notifications.url, METRICS_URL: metrics.url } });

  it('delivers everything, in order, whatever the receiver does', async () => {
    const workspace = randomUUID();
    const ana = await person({ [workspace]: 'member' });
    const ben = await person({ [workspace]: 'member' });
    const bad: Behaviour[] = ['reset', 'take, then reset', '500', '400', '200', 'garbage', 'cut short'];
    notifications.behave = () => (notifications.requests % 2 ? bad[(notifications.requests >> 1) % bad.length]! : 'take');

    const project = await ana.project();
    for (let index = 0; index < 30; index++) await ana.task(project.id, { assigneeIds: index === 0 ? [ben.userId] : [] });
    const rows = await sql<Array<{ id: string }>>`select id from events order by xid, seq`;
    await until(() => metrics.events.length === rows.length, { what: 'delivery to metrics' });
    await until(
      async () =>
        (await sql`select from relay_cursors c where (xid, seq) = (select xid, seq from events order by xid desc, seq desc limit 1)`)
          .length === 2,
      {
        ms: 30_000,
        what: 'delivery to notifications',
      },
    );
    for (const receiver of [notifications, metrics]) expect(receiver.events.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));

    expect([...notifications.authorizations]).toEqual(['Bearer test-key']);
    expect([...metrics.authorizations]).toEqual(['Bearer test-tasks-key']);
    const [batch] = notifications.batches.filter(({ events }) => events.some(({ notify }) => notify.length > 0));
    expect(batch!.people).toEqual({ [ben.userId]: { name: expect.any(String), handle: ben.handle, email: expect.stringContaining('@') } });
    expect(
      metrics.batches.every(({ people, events }) => Object.keys(people).length === 0 && events.every(({ notify }) => notify.length === 0)),
    ).toBe(true);
    const text = await (await fetch(`${server.operationsUrl}/metrics`)).text();
    expect(text).toMatch(/relay_failures_total\{receiver="notifications",reason="status_500"[^}]*\} [1-9]/);
    expect(text).toMatch(/relay_leader\{receiver="metrics"[^}]*\} 1/);

    // Only what is delivered and old is deleted, and readers are told.
    expect(await pruneEvents(sql, 1)).toBe(0);
    await sql`update events set occurred_at = now() - interval '3 days' where seq <= 10`;
    await sql`update relay_cursors set xid = (select xid from events where seq = 5), seq = 5 where receiver = 'metrics'`;
    await pruneEvents(sql, 1);
    const [left] = await sql<Array<{ first: string; horizon: string }>>`
    select (select min(seq)::text from events) as first, seq::text as horizon from feed_horizon`;
    expect(left).toEqual({ first: '6', horizon: '5' });
  }, 60_000);
});

describe('relays of several processes', async () => {
  const [notifications, metrics] = [await startReceiver(), await startReceiver()];
  const issuer = await testIssuer();
  const databaseUrl = await testDatabase('tasks');
  const secrets = testSecrets({ 'database-url': databaseUrl, 'tasks-api-key': 'a', 'notifications-api-key': 'b' });
  const running = new Set<ChildProcess>();
  const launch = () => {
    const child = spawn(process.execPath, [MAIN], {
      stdio: 'ignore',
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        OPERATIONS_PORT: '0',
        SECRETS_DIR: secrets,
        AUTH_URL: issuer.url,
        NOTIFICATIONS_URL: notifications.url,
        METRICS_URL: metrics.url,
      },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  };
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
  });
  const sql = connect({ url: databaseUrl, service: 'test', connections: 5 });
  afterAll(() => sql.end());

  it('lose nothing and keep the order through kill -9 of either side', async () => {
    let replicas = [launch(), launch()];
    await until(async () => (await sql`select from relay_cursors where leader is not null`).length === 2, { ms: 40_000, what: 'leaders' });
    // A receiver that is killed has taken a batch or not when its connection breaks.
    let kills = 0;
    notifications.behave = () => (notifications.requests % 5 === 1 ? (++kills % 2 ? 'take, then reset' : 'reset') : 'take');

    let written = 0;
    let writing = true;
    const project = randomUUID();
    const writers = Array.from({ length: 3 }, async () => {
      while (writing) {
        await sql`
        select record_event('{"actor": {"userId": null, "name": "test"}}', 'task.updated', ${project}, ${project}, null,
                            jsonb_build_object('changes', '[]'::jsonb, 'notify', '[]'::jsonb))`;
        written++;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      }
    });
    for (let round = 0; round < 3; round++) {
      const reached = notifications.events.length;
      await until(() => notifications.events.length > reached, { ms: 20_000, what: 'progress after a kill' });
      replicas[round % 2]!.kill('SIGKILL');
      replicas = replicas.with(round % 2, launch());
    }
    writing = false;
    await Promise.all(writers);
    const rows = await sql<Array<{ id: string }>>`select id from events order by xid, seq`;
    expect(rows).toHaveLength(written);
    for (const receiver of [notifications, metrics]) {
      await until(() => receiver.events.length === written, { ms: 20_000, what: 'all events' });
      expect(receiver.events.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    }
  }, 90_000);
});
