import postgres from 'postgres';
import { v7 } from 'uuid';
import { afterAll, describe, expect, it } from 'vitest';
import { addressOf, changeEvent, SERVICE_KEY, startNotifications } from './support.ts';

const { call, deliver, databaseUrl } = await startNotifications();
const sql = postgres(databaseUrl, { max: 2 });
afterAll(() => sql.end());

const inboxOf = async (sub: string, query = '') => (await call('GET', `/notifications/inbox${query}`, { as: { sub } })).body;
const mark = (sub: string, act: string, body: object) => call('POST', `/notifications/inbox/${act}`, { as: { sub }, body });

describe('POST /internal/events', () => {
  it('204: tells each person once of an event, however often it comes and however many times at once', async () => {
    const [ana, bo] = [v7(), v7()];
    const event = changeEvent({ [ana]: 'mentioned', [bo]: 'watching' });
    const others = Array.from({ length: 20 }, () => changeEvent({ [ana]: 'watching' }));
    const answers = await Promise.all([
      deliver(event, ...others),
      deliver(event, event),
      deliver(...others.toReversed(), event),
      deliver(event, ...others),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect((await inboxOf(ana)).items).toHaveLength(21);
    expect(await inboxOf(bo)).toMatchObject({
      items: [
        {
          reason: 'watching',
          type: 'comment.created',
          taskId: event.taskId,
          humanId: 'ENG-12',
          title: 'Paint the shed',
          actorName: 'Ana Example',
          excerpt: 'What about <green>?',
          readAt: null,
        },
      ],
      nextCursor: null,
      counts: { unread: 1, byReason: { watching: 1 } },
    });
  });

  it('204: of several reasons tells the strongest', async () => {
    const ana = v7();
    const notify = (['watching', 'commented', 'mentioned'] as const).map((reason) => ({ userId: ana, reason }));
    await deliver(changeEvent({}, { notify }));
    expect((await inboxOf(ana)).items.map(({ reason }: { reason: string }) => reason)).toEqual(['mentioned']);
  });

  it('204: an event that PostgreSQL could not store as it is does not stop the feed', async () => {
    const ana = v7();
    const event = changeEvent({ [ana]: 'mentioned' }, { comment: { id: v7(), excerpt: `a\0b${'x'.repeat(297)}😀` } });
    event.task!.title = 'half \ud83d';
    event.notify.push({ userId: v7(), reason: 'watching' });
    expect((await deliver(event)).status).toBe(204);
    expect((await inboxOf(ana)).items[0]).toMatchObject({ title: 'half \ufffd', excerpt: expect.stringMatching(/^abx+/) });
  });

  it('204: keeps what the latest batch says of a person', async () => {
    const ana = v7();
    await deliver(changeEvent({ [ana]: 'due' }));
    const [person] = await sql`select email, handle from people where user_id = ${ana}`;
    expect(person).toEqual({ email: addressOf(ana), handle: 'bo' });
    const headers = { authorization: `Bearer ${SERVICE_KEY}` };
    const people = { [ana]: { name: 'Ana', handle: 'ana2', email: 'new@example.test' } };
    expect((await call('POST', '/internal/events', { as: null, headers, body: { events: [changeEvent({})], people } })).status).toBe(204);
    expect((await sql`select email, handle from people where user_id = ${ana}`)[0]).toEqual({ email: 'new@example.test', handle: 'ana2' });
  });

  it('400 for what is no batch, 401 without the service key', async () => {
    const headers = { authorization: `Bearer ${SERVICE_KEY}` };
    const people = {};
    for (const body of [{}, { events: [], people }, { events: [{ id: 'x' }], people }, { events: [changeEvent({})] }]) {
      expect((await call('POST', '/internal/events', { as: null, headers, body })).status).toBe(400);
    }
    const body = { events: [changeEvent({})], people };
    expect((await call('POST', '/internal/events', { as: null, body })).status).toBe(401);
    expect((await call('POST', '/internal/events', { body })).status).toBe(401);
  });

  it('500 leaves nothing of a batch behind', async () => {
    const ana = v7();
    const event = changeEvent({ [ana]: 'mentioned' });
    await sql`alter table events rename to events_away`;
    expect((await deliver(event)).status).toBe(500);
    await sql`alter table events_away rename to events`;
    expect((await inboxOf(ana)).items).toEqual([]);
    expect((await deliver(event)).status).toBe(204);
    expect((await inboxOf(ana)).items).toHaveLength(1);
  });
});

describe('GET /notifications/inbox', () => {
  it('200: pages newest first without gaps, and only what is one’s own', async () => {
    const [ana, bo] = [v7(), v7()];
    for (let index = 0; index < 5; index++)
      await deliver(changeEvent({ [ana]: 'watching' }, { actor: { userId: null, name: `${index}` } }));
    await deliver(changeEvent({ [bo]: 'watching' }));
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await inboxOf(ana, `?limit=2${cursor && `&cursor=${cursor}`}`);
      names.push(...page.items.map(({ actorName }: { actorName: string }) => actorName));
      cursor = page.nextCursor;
    }
    expect(names).toEqual(['4', '3', '2', '1', '0']);
  });

  it('200: filters by state, reason, project and task', async () => {
    const ana = v7();
    const first = changeEvent({ [ana]: 'mentioned' });
    const second = changeEvent({ [ana]: 'assigned' }, { projectId: first.projectId });
    const third = changeEvent({ [ana]: 'due' });
    for (const event of [first, second, third]) await deliver(event);
    const tasks = async (query: string) => (await inboxOf(ana, query)).items.map(({ taskId }: { taskId: string }) => taskId);
    expect(await tasks(`?reason=assigned`)).toEqual([second.taskId]);
    expect(await tasks(`?projectId=${first.projectId}`)).toEqual([second.taskId, first.taskId]);
    expect(await tasks(`?taskId=${third.taskId}`)).toEqual([third.taskId]);
    await mark(ana, 'read', { taskId: first.taskId });
    await mark(ana, 'archive', { taskId: second.taskId });
    await mark(ana, 'snooze', { taskId: third.taskId, until: new Date(Date.now() + 60_000).toISOString() });
    expect(await tasks('')).toEqual([first.taskId]);
    expect(await tasks('?state=unread')).toEqual([]);
    expect(await tasks('?state=archived')).toEqual([second.taskId]);
    expect(await tasks('?state=snoozed')).toEqual([third.taskId]);
  });

  it('400 for a bad query, 401 without a token, 403 for an API token that may not read', async () => {
    const forged = Buffer.from(JSON.stringify(["x'; drop table people"])).toString('base64url');
    for (const query of ['?limit=0', '?limit=201', '?state=gone', '?cursor=!', `?cursor=${forged}`, '?taskId=7']) {
      expect((await call('GET', `/notifications/inbox${query}`)).status, query).toBe(400);
      expect((await call('GET', `/notifications/inbox/groups${query}`)).status, query).toBe(400);
    }
    for (const path of ['/notifications/inbox', '/notifications/inbox/groups', '/notifications/inbox/counts']) {
      expect((await call('GET', path, { as: null })).status).toBe(401);
      expect((await call('GET', path, { as: { scopes: ['write'] } })).status).toBe(403);
    }
  });
});

describe('GET /notifications/inbox/groups', () => {
  it('200: one entry a task, the one with the latest change first', async () => {
    const ana = v7();
    const [shed, roof] = [v7(), v7()];
    await deliver(changeEvent({ [ana]: 'mentioned' }, { taskId: shed }));
    await deliver(changeEvent({ [ana]: 'watching' }, { taskId: roof }));
    await deliver(changeEvent({ [ana]: 'watching' }, { taskId: shed }));
    const project = changeEvent({ [ana]: 'watching' }, { type: 'project.updated', taskId: null });
    delete project.task;
    delete project.comment;
    await deliver(project);
    await mark(ana, 'read', { taskId: roof });
    const groups = async (query: string) => (await call('GET', `/notifications/inbox/groups${query}`, { as: { sub: ana } })).body;
    const all = await groups('');
    expect(all.items).toMatchObject([
      { taskId: null, count: 1, unread: 1 },
      { taskId: shed, count: 2, unread: 2, reasons: ['mentioned', 'watching'], latest: { reason: 'watching' } },
      { taskId: roof, count: 1, unread: 0 },
    ]);
    expect(all.counts.unread).toBe(3);
    const first = await groups('?limit=1');
    expect((await groups(`?limit=5&cursor=${first.nextCursor}`)).items).toEqual(all.items.slice(1));
  });
});

describe('POST /notifications/inbox/:act', () => {
  it('200: read and unread, with the counts that result', async () => {
    const ana = v7();
    for (const reason of ['mentioned', 'mentioned', 'due'] as const) await deliver(changeEvent({ [ana]: reason }));
    const [latest, middle] = (await inboxOf(ana)).items;
    expect((await call('GET', '/notifications/inbox/counts', { as: { sub: ana } })).body).toEqual({
      unread: 3,
      byReason: { mentioned: 2, due: 1 },
    });
    expect(await mark(ana, 'read', { ids: [latest.id] })).toMatchObject({
      status: 200,
      body: { changed: 1, counts: { unread: 2, byReason: { mentioned: 2 } } },
    });
    expect((await mark(ana, 'read', { ids: [latest.id] })).body.changed).toBe(0);
    expect((await mark(ana, 'unread', { ids: [latest.id] })).body).toMatchObject({ changed: 1, counts: { unread: 3 } });
    expect((await mark(ana, 'read', { through: middle.id })).body).toMatchObject({ changed: 2, counts: { unread: 1 } });
    expect((await inboxOf(ana, '?state=unread')).items.map(({ id }: { id: string }) => id)).toEqual([latest.id]);
  });

  it('200: archive and back, snooze until its time or before', async () => {
    const ana = v7();
    await deliver(changeEvent({ [ana]: 'mentioned' }));
    const [{ id }] = (await inboxOf(ana)).items;
    expect((await mark(ana, 'archive', { ids: [id] })).body).toEqual({ changed: 1, counts: { unread: 0, byReason: {} } });
    expect((await mark(ana, 'unarchive', { ids: [id] })).body).toMatchObject({ changed: 1, counts: { unread: 0 } });
    await mark(ana, 'unread', { ids: [id] });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect((await mark(ana, 'snooze', { ids: [id], until })).body).toMatchObject({ changed: 1, counts: { unread: 0 } });
    expect((await mark(ana, 'unsnooze', { ids: [id] })).body).toMatchObject({ changed: 1, counts: { unread: 1 } });
    await mark(ana, 'snooze', { ids: [id], until });
    await sql`update notifications set snoozed_until = now() - interval '1 second' where id = ${id}`;
    expect((await inboxOf(ana)).counts.unread).toBe(1);
  });

  it('200: passes over what is another’s', async () => {
    const [ana, bo] = [v7(), v7()];
    await deliver(changeEvent({ [ana]: 'mentioned' }));
    const [{ id, taskId }] = (await inboxOf(ana)).items;
    for (const body of [{ ids: [id] }, { taskId }, { through: id }]) {
      for (const act of ['read', 'archive']) expect((await mark(bo, act, body)).body.changed).toBe(0);
      expect((await mark(bo, 'snooze', { ...body, until: '2999-01-01T00:00:00Z' })).body.changed).toBe(0);
    }
    expect((await inboxOf(ana)).counts.unread).toBe(1);
  });

  it('400 for a selection that is none or two, 401, 403 without the scope to write, 422 to snooze into the past', async () => {
    const sub = v7();
    const id = v7();
    const future = '2999-01-01T00:00:00Z';
    for (const act of ['read', 'unread', 'archive', 'unarchive', 'unsnooze', 'snooze']) {
      const rest = act === 'snooze' ? { until: future } : {};
      for (const selection of [{}, { ids: [] }, { ids: [id, id] }, { ids: [id], taskId: id }, { ids: ['7'] }, { all: true }]) {
        expect((await mark(sub, act, { ...selection, ...rest })).status, `${act} ${JSON.stringify(selection)}`).toBe(400);
      }
      const body = { ids: [id], ...rest };
      expect((await call('POST', `/notifications/inbox/${act}`, { as: null, body })).status).toBe(401);
      expect((await call('POST', `/notifications/inbox/${act}`, { as: { scopes: ['read'] }, body })).status).toBe(403);
    }
    expect((await mark(sub, 'snooze', { ids: [id], until: '2020-01-01T00:00:00Z' })).status).toBe(422);
    expect((await mark(sub, 'snooze', { ids: [id], until: '2016-12-31T23:59:60Z' })).status).toBe(400);
  });

  it('replays the first answer to a repeated Idempotency-Key', async () => {
    const ana = v7();
    await deliver(changeEvent({ [ana]: 'mentioned' }));
    const [{ id }] = (await inboxOf(ana)).items;
    const repeat = () =>
      call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { ids: [id] }, headers: { 'idempotency-key': 'k-1' } });
    expect([(await repeat()).body.changed, (await repeat()).body.changed]).toEqual([1, 1]);
  });
});

it('describes itself in OpenAPI', async () => {
  const { paths } = (await call('GET', '/openapi.json', { as: null })).body;
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/notifications/inbox',
      '/notifications/inbox/read',
      '/notifications/stream',
      '/notifications/webhooks/{id}/replay',
    ]),
  );
  for (const [path, operations] of Object.entries(paths as Record<string, Record<string, { operationId: string; responses: object }>>)) {
    for (const { operationId, responses } of Object.values(operations)) {
      expect(operationId, path).toMatch(/^[a-z]\w+$/);
      if (!path.includes('unsubscribe')) expect(Object.keys(responses), path).toContain('401');
    }
  }
});
