import type { Environment } from '@taskflow/http/settings';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import type { SMTPServer, SMTPServerOptions } from 'smtp-server';
import { v7 } from 'uuid';
import { afterAll, describe, expect, it } from 'vitest';
import { CERTIFICATE, trustCertificate } from './certificate.ts';
import { breakConnections, collect, type MailServer, partOf, startMailServer } from './receivers.ts';
import { addressOf, changeEvent, startNotifications, type TestNotifications } from './support.ts';

const FAST = { MAIL_FROM: 'TaskFlow <tasks@flow.test>', PUBLIC_URL: 'https://flow.test', RETRY_SECONDS: '0.05', SMTP_TIMEOUT_SECONDS: '1' };
const mailServer = await startMailServer();
const service = await withMail(mailServer);
const { call, deliver } = service;

async function withMail({ url }: MailServer, settings: Environment = {}, secrets: Record<string, string> = {}) {
  const started = await startNotifications({ ...FAST, SMTP_URL: url, ...settings }, secrets);
  const sql = postgres(started.databaseUrl, { max: 2 });
  afterAll(() => sql.end());
  return { ...started, sql };
}

const patch = ({ call }: TestNotifications, sub: string, body: object) =>
  call('PATCH', '/notifications/preferences', { as: { sub }, body, headers: { 'if-match': '"0"' } });
const emailsOf = ({ sql }: { sql: postgres.Sql }, sub: string) =>
  sql<
    Array<{ state: string; attempts: number; error: string | null }>
  >`select state, attempts, error from emails where user_id = ${sub} order by id`;
const settled = (at: { sql: postgres.Sql }, sub: string) =>
  until(async () => {
    const emails = await emailsOf(at, sub);
    return emails.every(({ state }) => state !== 'pending') ? [...emails] : undefined;
  });

describe('an e-mail', () => {
  it('is plain and HTML, escaped, loads nothing, and can be unsubscribed with one click', async () => {
    const ana = v7();
    const event = changeEvent({ [ana]: 'mentioned' }, { comment: { id: v7(), excerpt: '<script>alert(1)</script>\n& "more"' } });
    event.task!.title = 'Paint\r\nBcc: evil@example.test <b>the</b> shed';
    await deliver(event);
    const mail = await until(() => mailServer.mailsTo(addressOf(ana))[0]);
    expect(mail.headers).toMatchObject({
      from: 'TaskFlow <tasks@flow.test>',
      to: `"Bo <Example>" <${addressOf(ana)}>`,
      subject: '[ENG-12] Paint Bcc: evil@example.test <b>the</b> shed',
      'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
      'list-id': '<mentioned.taskflow.flow.test>',
      'auto-submitted': 'auto-generated',
      references: `<task-${event.taskId}@flow.test>`,
      'in-reply-to': `<task-${event.taskId}@flow.test>`,
    });
    expect(mail.headers.bcc).toBeUndefined();
    expect(mail.headers['list-unsubscribe']).toMatch(/^<https:\/\/flow\.test\/api\/notifications\/unsubscribe\?token=[\w.-]+>$/);
    const text = partOf(mail, 'text/plain');
    expect(text).toContain('Ana Example mentioned you.');
    expect(text).toContain('> <script>alert(1)</script>\n> & "more"');
    expect(text).toContain(`https://flow.test/tasks/${event.taskId}`);
    const html = partOf(mail, 'text/html');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;\n&amp; &quot;more&quot;');
    expect(html).not.toMatch(/<script|<img|<link|<b>|\bsrc=|@import|url\(/i);
  });

  it('is sent once of an event and person, and those of a task make one thread', async () => {
    const [ana, bo] = [v7(), v7()];
    const first = changeEvent({ [ana]: 'mentioned', [bo]: 'assigned' });
    const second = changeEvent({ [ana]: 'assigned' }, { taskId: first.taskId });
    await Promise.all([deliver(first, second), deliver(second, first), deliver(first)]);
    await until(() => mailServer.mailsTo(addressOf(ana)).length >= 2 && mailServer.mailsTo(addressOf(bo)).length >= 1);
    await settled(service, ana);
    const mails = mailServer.mailsTo(addressOf(ana));
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(2);
    expect(new Set(mails.map(({ headers }) => headers.references)).size).toBe(1);
    expect(mailServer.mailsTo(addressOf(bo))).toHaveLength(1);
  });

  it('follows preferences: off, or to e-mail only; and says that there is e-mail', async () => {
    const ana = v7();
    await patch(service, ana, { kinds: { assigned: { email: 'off' }, due: { inbox: false } } });
    await deliver(changeEvent({ [ana]: 'assigned' }), changeEvent({ [ana]: 'watching' }), changeEvent({ [ana]: 'due' }));
    await until(() => mailServer.mailsTo(addressOf(ana)).length > 0);
    expect(await settled(service, ana)).toHaveLength(1);
    expect(mailServer.mailsTo(addressOf(ana))[0]!.headers['list-id']).toContain('due');
    expect((await call('GET', '/notifications/inbox', { as: { sub: ana } })).body.items).toHaveLength(2);
    expect((await call('GET', '/notifications/preferences', { as: { sub: ana } })).body.email).toEqual({
      available: true,
      address: addressOf(ana),
    });
  });
});

describe('quiet hours', () => {
  it('hold e-mail until they end, and unsubscribing meanwhile drops it', async () => {
    const ana = v7();
    const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    await patch(service, ana, { quietHours: { start: clock(-1), end: clock(1) } });
    await deliver(changeEvent({ [ana]: 'mentioned' }), changeEvent({ [ana]: 'assigned' }));
    const [row] = await service.sql`select due_at > now() + interval '50 minutes' as held from emails where user_id = ${ana}`;
    expect(row).toEqual({ held: true });
    await call('PATCH', '/notifications/preferences', {
      as: { sub: ana },
      body: { kinds: { assigned: { email: 'off' } } },
      headers: { 'if-match': '"1"' },
    });
    await service.sql`update emails set due_at = now() where user_id = ${ana}`;
    const states = await settled(service, ana);
    expect(states.map(({ state }) => state).sort()).toEqual(['delivered', 'skipped']);
    expect(mailServer.mailsTo(addressOf(ana)).map(({ headers }) => headers['list-id'])).toEqual(['<mentioned.taskflow.flow.test>']);
  });
});

describe('the digest', () => {
  it('collects what is unread into one mail at the time chosen', async () => {
    const ana = v7();
    const clock = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);
    await patch(service, ana, { kinds: { mentioned: { email: 'digest' } }, digestTime: clock(-10) });
    const events = [changeEvent({ [ana]: 'commented' }), changeEvent({ [ana]: 'mentioned' }), changeEvent({ [ana]: 'commented' })];
    await Promise.all(events.map((event) => deliver(event)));
    await deliver(...events);
    const [digest, ...others] = await service.sql`select id, due_at from emails where user_id = ${ana}`;
    expect(others).toEqual([]);
    expect(digest!.due_at.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    await call('PATCH', '/notifications/preferences', { as: { sub: ana }, body: { digestTime: clock(2) }, headers: { 'if-match': '"1"' } });
    expect((await service.sql`select due_at from emails where user_id = ${ana}`)[0]!.due_at.getTime()).toBeLessThan(Date.now() + 180_000);

    await call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { taskId: events[0]!.taskId } });
    await service.sql`update emails set due_at = now() where user_id = ${ana}`;
    await settled(service, ana);
    const mails = mailServer.mailsTo(addressOf(ana));
    expect(mails).toHaveLength(1);
    expect(mails[0]!.headers).toMatchObject({ subject: 'Your day: 2 notifications', 'list-id': '<digest.taskflow.flow.test>' });
    for (const part of ['text/plain', 'text/html']) {
      expect(partOf(mails[0]!, part)).toContain(events[1]!.taskId);
      expect(partOf(mails[0]!, part)).not.toContain(events[0]!.taskId);
    }
    await deliver(changeEvent({ [ana]: 'commented' }));
    expect(await emailsOf(service, ana)).toMatchObject([{ state: 'delivered' }, { state: 'pending' }]);
  });

  it('is not sent when all of it was read', async () => {
    const ana = v7();
    const event = changeEvent({ [ana]: 'commented' });
    await deliver(event);
    await call('POST', '/notifications/inbox/read', { as: { sub: ana }, body: { taskId: event.taskId } });
    await service.sql`update emails set due_at = now() where user_id = ${ana}`;
    expect(await settled(service, ana)).toMatchObject([{ state: 'skipped' }]);
    expect(mailServer.mailsTo(addressOf(ana))).toEqual([]);
  });
});

describe('unsubscribing', () => {
  const linkTo = async (sub: string) => {
    await deliver(changeEvent({ [sub]: 'mentioned' }));
    const mail = await until(() => mailServer.mailsTo(addressOf(sub))[0]);
    return mail.headers['list-unsubscribe']!.replace(/^<https:\/\/flow\.test\/api|>$/g, '');
  };
  const kindsOf = async (sub: string) => (await call('GET', '/notifications/preferences', { as: { sub } })).body.kinds;
  const post = (path: string, type: string, body: string) =>
    fetch(service.server.url + path, { method: 'POST', headers: { 'content-type': type }, body });

  it('200: GET only asks; one click, without signing in, ends mail of that kind', async () => {
    const ana = v7();
    const link = await linkTo(ana);
    const page = await call('GET', link, { as: null });
    expect(page.status).toBe(200);
    expect(page.body).toContain('<form method="post">');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect((await kindsOf(ana)).mentioned.email).toBe('instant');
    expect((await post(link, 'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click')).status).toBe(200);
    expect(await kindsOf(ana)).toMatchObject({ mentioned: { inbox: true, email: 'off' }, assigned: { email: 'instant' } });
  });

  it('200: also as multipart, and without a body; or all mail from the page', async () => {
    const [ana, bo, cy] = [v7(), v7(), v7()];
    const multipart = '--b\r\ncontent-disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n';
    expect((await post(await linkTo(ana), 'multipart/form-data; boundary=b', multipart)).status).toBe(200);
    expect((await kindsOf(ana)).mentioned.email).toBe('off');
    expect((await fetch(service.server.url + (await linkTo(bo)), { method: 'POST' })).status).toBe(200);
    expect((await kindsOf(bo)).mentioned.email).toBe('off');
    expect((await post(await linkTo(cy), 'application/x-www-form-urlencoded', 'all=yes')).status).toBe(200);
    const all = Object.values(await kindsOf(cy)) as Array<{ email: string }>;
    expect(all.map(({ email }) => email)).toEqual(['off', 'off', 'off', 'off', 'off']);
  });

  it('400 for a link that is not ours, 413 for a large body', async () => {
    const link = await linkTo(v7());
    const other = Buffer.from(`unsubscribe ${v7()} mentioned`).toString('base64url');
    for (const bad of [
      `${link}x`,
      link.slice(0, -1),
      link.replace(/token=[^.]+/, `token=${other}`),
      link.replace(/\..*/, ''),
      '/notifications/unsubscribe',
    ]) {
      expect((await call('GET', bad, { as: null })).status, bad).toBe(400);
      expect((await call('POST', bad, { as: null })).status, bad).toBe(400);
    }
    expect((await post(link, 'application/x-www-form-urlencoded', `a=${'x'.repeat(5000)}`)).status).toBe(413);
  });
});

describe('a mail server that', () => {
  it('refuses for good is not asked again; one that refuses for now is', async () => {
    const greylisted = new Set<string>();
    const [ana, bo] = [v7(), v7()];
    const server = await startMailServer({
      onRcptTo: ({ address }, _session, callback) => {
        if (address === addressOf(bo)) return callback(Object.assign(new Error('no such user'), { responseCode: 550 }));
        if (!greylisted.has(address)) {
          greylisted.add(address);
          return callback(Object.assign(new Error('greylisted'), { responseCode: 451 }));
        }
        callback();
      },
    });
    const at = await withMail(server);
    await at.deliver(changeEvent({ [ana]: 'mentioned', [bo]: 'mentioned' }));
    expect(await settled(at, ana)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
    expect(server.mailsTo(addressOf(ana))).toHaveLength(1);
    expect((await settled(at, bo))[0]).toMatchObject({ state: 'failed', attempts: 1, error: expect.stringContaining('550') });
  });

  it('hangs or dies in the middle does not stop the others, and gets the same mail again', async () => {
    const ids: string[] = [];
    const server = await startMailServer({
      onData(this: SMTPServer, stream, _session, callback) {
        collect(stream).then((raw) => {
          ids.push(/^Message-ID: (.*)$/im.exec(raw)![1]!);
          if (ids.length === 1) return; // never answers
          if (ids.length === 2) return breakConnections(this);
          callback();
        });
      },
    });
    const at = await withMail(server);
    const ana = v7();
    await at.deliver(changeEvent({ [ana]: 'mentioned' }));
    expect(await settled(at, ana)).toMatchObject([{ state: 'delivered', attempts: 3 }]);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });

  it('is away: e-mail waits and goes out when it is back', async () => {
    const at = await withMail({ url: 'smtp://127.0.0.1:1', mails: [], mailsTo: () => [] });
    const ana = v7();
    await at.deliver(changeEvent({ [ana]: 'mentioned' }));
    await until(async () => (await emailsOf(at, ana))[0]!.attempts >= 2);
    expect(await emailsOf(at, ana)).toMatchObject([{ state: 'pending', error: expect.stringContaining('ECONNREFUSED') }]);
    await at.sql`update emails set give_up_at = now() where user_id = ${ana}`;
    expect(await settled(at, ana)).toMatchObject([{ state: 'failed' }]);
  });

  it('wants a login gets the password of the secret file over TLS that is trusted, and else not', async () => {
    const passwords: string[] = [];
    const login: SMTPServerOptions = {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => {
        passwords.push(password ?? '');
        if (username === 'flow' && password === 'p4ss') callback(null, { user: 'flow' });
        else callback(new Error('no'));
      },
    };
    const [plain, secure] = [await startMailServer(login), await startMailServer({ ...login, ...CERTIFICATE, disabledCommands: [] })];
    const withUser = ({ url }: MailServer) => url.replace('//', '//flow@').replace('127.0.0.1', 'localhost');
    const secrets = { 'smtp-password': 'p4ss\n' };
    const ana = v7();
    const refusing = [
      await withMail({ ...plain, url: withUser(plain) }, {}, secrets),
      await withMail({ ...secure, url: withUser(secure) }, {}, secrets),
    ];
    for (const at of refusing) {
      await at.deliver(changeEvent({ [ana]: 'mentioned' }));
      await until(async () => (await emailsOf(at, ana))[0]?.error?.match(/ETLS|certificate/));
    }
    expect(passwords).toEqual([]);
    trustCertificate();
    expect(await settled(refusing[1]!, ana)).toMatchObject([{ state: 'delivered' }]);
    expect(new Set(passwords)).toEqual(new Set(['p4ss']));
    expect(secure.mailsTo(addressOf(ana))).toHaveLength(1);
  });

  it('cannot be named with its password in the address, or without a protocol for mail', async () => {
    const at = (SMTP_URL: string) => startNotifications({ ...FAST, SMTP_URL });
    await expect(at('smtp://flow:p4ss@mail.test')).rejects.toThrow(/secret file smtp-password/);
    await expect(at('https://mail.test')).rejects.toThrow(/expected smtp:\/\/ or smtps:\/\//);
    await expect(startNotifications({ ...FAST, SMTP_URL: 'smtp://mail.test', MAIL_FROM: 'nobody' })).rejects.toThrow(/MAIL_FROM/);
  });
});
