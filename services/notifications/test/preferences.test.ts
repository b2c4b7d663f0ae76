import postgres from 'postgres';
import { v7 } from 'uuid';
import { afterAll, describe, expect, it } from 'vitest';
import { changeEvent, startNotifications } from './support.ts';

const { call, deliver, databaseUrl } = await startNotifications();
const sql = postgres(databaseUrl, { max: 2 });
afterAll(() => sql.end());

const patch = (sub: string, body: object, version: number | null, as = {}) =>
  call('PATCH', '/notifications/preferences', {
    as: { sub, ...as },
    body,
    headers: version === null ? {} : { 'if-match': `"${version}"` },
  });
const inboxOf = async (sub: string) => (await call('GET', '/notifications/inbox', { as: { sub } })).body.items;

describe('preferences', () => {
  it('200: defaults for who has chosen nothing; says that there is no e-mail here', async () => {
    const { status, headers, body } = await call('GET', '/notifications/preferences');
    expect(status).toBe(200);
    expect(headers.get('etag')).toBe('"0"');
    expect(body).toEqual({
      kinds: {
        assigned: { inbox: true, email: 'instant' },
        mentioned: { inbox: true, email: 'instant' },
        commented: { inbox: true, email: 'digest' },
        watching: { inbox: true, email: 'off' },
        due: { inbox: true, email: 'instant' },
      },
      timeZone: 'UTC',
      quietHours: null,
      digestTime: '08:00',
      email: { available: false, address: null },
      version: 0,
    });
  });

  it('200: a patch touches only what it names', async () => {
    const sub = v7();
    await patch(sub, { kinds: { watching: { inbox: false } }, timeZone: 'Europe/Berlin', quietHours: { start: '22:00', end: '07:00' } }, 0);
    const second = await patch(sub, { kinds: { watching: { email: 'digest' }, due: { email: 'off' } }, digestTime: '18:30' }, 1);
    expect(second).toMatchObject({
      status: 200,
      body: {
        kinds: { watching: { inbox: false, email: 'digest' }, due: { inbox: true, email: 'off' }, mentioned: { email: 'instant' } },
        timeZone: 'Europe/Berlin',
        quietHours: { start: '22:00', end: '07:00' },
        digestTime: '18:30',
        version: 2,
      },
    });
    expect(second.headers.get('etag')).toBe('"2"');
    expect((await patch(sub, { quietHours: null }, 2)).body.quietHours).toBeNull();
  });

  it('412 with what is there now, also for one of two at the same time; 428 without If-Match', async () => {
    const sub = v7();
    const answers = await Promise.all([patch(sub, { digestTime: '09:00' }, 0), patch(sub, { digestTime: '10:00' }, 0)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await patch(sub, {}, 0)).toMatchObject({ status: 412, body: { current: { version: 1 } } });
    expect((await patch(sub, {}, null)).status).toBe(428);
  });

  it('400 for what is malformed, 401, 403, 422 for an unknown time zone', async () => {
    const sub = v7();
    const bad = [
      { kinds: { spam: {} } },
      { kinds: { due: { email: 'never' } } },
      { digestTime: '24:00' },
      { quietHours: { start: '22:00' } },
      { x: 1 },
    ];
    for (const body of [...bad, { timeZone: 'Europe/Berlin\0' }])
      expect((await patch(sub, body, 0)).status, JSON.stringify(body)).toBe(400);
    for (const timeZone of ['Mars/Olympus', 'UTC+3', 'PST8PDT7']) expect((await patch(sub, { timeZone }, 0)).status).toBe(422);
    expect((await patch(sub, {}, 0, { scopes: ['read'] })).status).toBe(403);
    expect((await call('PATCH', '/notifications/preferences', { as: null, body: {} })).status).toBe(401);
    expect((await call('GET', '/notifications/preferences', { as: null })).status).toBe(401);
    expect((await call('GET', '/notifications/preferences', { as: { scopes: [] } })).status).toBe(403);
  });

  it('a kind that is off for the inbox does not come into it', async () => {
    const sub = v7();
    await patch(sub, { kinds: { watching: { inbox: false } } }, 0);
    await deliver(changeEvent({ [sub]: 'watching' }), changeEvent({ [sub]: 'commented' }));
    expect((await inboxOf(sub)).map(({ reason }: { reason: string }) => reason)).toEqual(['commented']);
  });
});

describe('mutes', () => {
  const mute = (sub: string, method: string, path: string, as = {}) => call(method, `/notifications/mutes/${path}`, { as: { sub, ...as } });

  it('204: silences a task or a project, except what calls on the person directly; and back', async () => {
    const sub = v7();
    const [task, project] = [v7(), v7()];
    expect((await mute(sub, 'PUT', `task/${task}`)).status).toBe(204);
    expect((await mute(sub, 'PUT', `task/${task}`)).status).toBe(204);
    expect((await mute(sub, 'PUT', `project/${project}`)).status).toBe(204);
    expect((await call('GET', '/notifications/mutes', { as: { sub } })).body.items).toMatchObject([
      { kind: 'project', id: project },
      { kind: 'task', id: task },
    ]);
    for (const reason of ['watching', 'commented', 'due', 'mentioned', 'assigned'] as const) {
      await deliver(changeEvent({ [sub]: reason }, { taskId: task }), changeEvent({ [sub]: reason }, { projectId: project }));
    }
    const reasons = async () => (await inboxOf(sub)).map(({ reason }: { reason: string }) => reason);
    expect(await reasons()).toEqual(['assigned', 'assigned', 'mentioned', 'mentioned']);
    expect((await mute(sub, 'DELETE', `task/${task}`)).status).toBe(204);
    expect((await mute(sub, 'DELETE', `task/${task}`)).status).toBe(204);
    await deliver(changeEvent({ [sub]: 'watching' }, { taskId: task }));
    expect((await reasons())[0]).toBe('watching');
  });

  it('400, 401, 403, and 422 for more than a thousand', async () => {
    const sub = v7();
    const known = v7();
    for (const method of ['PUT', 'DELETE']) {
      expect((await mute(sub, method, `board/${v7()}`)).status).toBe(400);
      expect((await mute(sub, method, 'task/7')).status).toBe(400);
      expect((await mute(sub, method, `task/${v7()}`, { scopes: ['read'] })).status).toBe(403);
      expect((await call(method, `/notifications/mutes/task/${v7()}`, { as: null })).status).toBe(401);
    }
    expect((await call('GET', '/notifications/mutes', { as: null })).status).toBe(401);
    expect((await call('GET', '/notifications/mutes', { as: { scopes: [] } })).status).toBe(403);
    await mute(sub, 'PUT', `task/${known}`);
    await sql`insert into mutes (user_id, kind, subject_id) select ${sub}, 'task', gen_random_uuid() from generate_series(1, 999)`;
    expect(await mute(sub, 'PUT', `task/${v7()}`)).toMatchObject({ status: 422, body: { code: 'too_many_mutes' } });
    expect((await mute(sub, 'PUT', `task/${known}`)).status).toBe(204);
  });
});

describe('local times, where clocks are changed', () => {
  const next = async (at: string, time: string, zone = 'Europe/Berlin') =>
    (await sql`select next_local_time(${at}::timestamptz, ${time}::time, ${zone}) as slot`)[0]!.slot.toISOString();
  const quiet = async (at: string, start: string | null, end: string | null, zone = 'Europe/Berlin') =>
    (await sql`select quiet_until(${at}::timestamptz, ${start}::time, ${end}::time, ${zone}) as slot`)[0]!.slot.toISOString();

  it('keeps the local time of the digest over both changes', async () => {
    expect(await next('2026-03-28T07:00:00Z', '08:00')).toBe('2026-03-29T06:00:00.000Z'); // summer time begins
    expect(await next('2026-10-24T06:00:00Z', '08:00')).toBe('2026-10-25T07:00:00.000Z'); // and ends
    expect(await next('2026-07-01T05:59:59Z', '08:00')).toBe('2026-07-01T06:00:00.000Z');
    expect(await next('2026-07-01T06:00:00Z', '08:00')).toBe('2026-07-02T06:00:00.000Z');
    expect(await next('2026-07-01T00:00:00Z', '08:00', 'Pacific/Kiritimati')).toBe('2026-07-01T18:00:00.000Z');
    expect(await next('2026-07-01T00:00:00Z', '08:00', 'America/Los_Angeles')).toBe('2026-07-01T15:00:00.000Z');
  });

  it('has one digest on each day also at a time that is skipped or occurs twice', async () => {
    for (const [from, days] of [
      ['2026-03-27T12:00:00Z', 4],
      ['2026-10-23T12:00:00Z', 4],
    ] as const) {
      const slots: string[] = [];
      while (slots.length < days) slots.push(await next(slots.at(-1) ?? from, '02:30'));
      const localDays = slots.map((slot) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(new Date(slot)));
      expect(new Set(localDays).size).toBe(days);
    }
    expect(await next('2026-03-28T12:00:00Z', '02:30')).toBe('2026-03-29T01:30:00.000Z'); // 02:30 is skipped: 03:30
  });

  it('holds back within quiet hours, over midnight and over the change of clocks', async () => {
    expect(await quiet('2026-07-01T20:30:00Z', '22:00', '07:00')).toBe('2026-07-02T05:00:00.000Z');
    expect(await quiet('2026-07-01T04:59:00Z', '22:00', '07:00')).toBe('2026-07-01T05:00:00.000Z');
    expect(await quiet('2026-07-01T05:00:00Z', '22:00', '07:00')).toBe('2026-07-01T05:00:00.000Z');
    expect(await quiet('2026-07-01T12:00:00Z', '22:00', '07:00')).toBe('2026-07-01T12:00:00.000Z');
    expect(await quiet('2026-07-01T11:00:00Z', '12:30', '14:00')).toBe('2026-07-01T12:00:00.000Z');
    expect(await quiet('2026-03-28T22:00:00Z', '22:00', '07:00')).toBe('2026-03-29T05:00:00.000Z');
    expect(await quiet('2026-10-24T21:00:00Z', '22:00', '07:00')).toBe('2026-10-25T06:00:00.000Z');
    expect(await quiet('2026-07-01T20:30:00Z', null, null)).toBe('2026-07-01T20:30:00.000Z');
    expect(await quiet('2026-07-01T20:30:00Z', '22:00', '22:00')).toBe('2026-07-01T20:30:00.000Z');
  });
});
