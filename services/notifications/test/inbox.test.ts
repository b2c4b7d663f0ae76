import { v7 } from 'uuid';
import { expect, it } from 'vitest';
import { changeEvent, startNotifications } from './support.ts';

const { call, deliver, server } = await startNotifications();

it('tells each person once of an event, however often it comes', async () => {
  const [ana, bo] = [v7(), v7()];
  const event = changeEvent({ [ana]: 'mentioned', [bo]: 'watching' });
  const answers = await Promise.all([deliver(event), deliver(event, event), deliver(event)]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
  for (const [sub, reason] of [
    [ana, 'mentioned'],
    [bo, 'watching'],
  ] as const) {
    const { status, body } = await call('GET', '/notifications/inbox', { as: { sub } });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      items: [{ reason, type: 'comment.created', taskId: event.taskId, humanId: 'ENG-12', title: 'Paint the shed', readAt: null }],
      nextCursor: null,
      counts: { unread: 1, byReason: { [reason]: 1 } },
    });
  }
  const [item] = (await call('GET', '/notifications/inbox', { as: { sub: ana } })).body.items;
  const read = await call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { ids: [item.id] } });
  expect(read).toMatchObject({ status: 200, body: { changed: 1, counts: { unread: 0, byReason: {} } } });
});

it('shows that it is up', async () => {
  expect((await fetch(server.url)).status).toBe(200);
});
