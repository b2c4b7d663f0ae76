import { randomUUID } from 'node:crypto';
import { until } from '@taskflow/testing/until';
import { expect, it } from 'vitest';
import { tasksService } from '../harness.ts';
import { startReceiver } from './receiver.ts';

it('goes on after a restore into another cluster, whose transaction ids begin anew', async () => {
  const [notifications, metrics] = [await startReceiver(), await startReceiver()];
  const { server, replica, sql, person } = await tasksService({
    settings: { NOTIFICATIONS_URL: notifications.url, METRICS_URL: metrics.url },
  });
  const ana = await person({ [randomUUID()]: 'member' });
  const project = await ana.project();
  await ana.task(project.id);
  await until(() => metrics.events.length === 2, { what: 'delivery before the restore' });
  await server.shutdown();

  // What a dump carries over: ids of transactions that this cluster will reach only in a long time.
  await sql`update events set xid = (xid::text::bigint + 1000000)::text::xid8`;
  await sql`update relay_cursors set xid = (xid::text::bigint + 1000000)::text::xid8`;
  const restored = await replica();
  const made = await fetch(`${restored.url}/tasks/projects/${project.id}/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ana.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'After the restore' }),
  });
  expect(made.status).toBe(201);

  const titles = () => metrics.events.map(({ task }) => task?.title);
  await until(() => titles().includes('After the restore'), { what: 'delivery after the restore' });
  expect(new Set(metrics.events.map(({ id }) => id)).size).toBe(3);
});
