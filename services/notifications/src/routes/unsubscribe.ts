import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { type Html, html } from '../email/html.ts';
import { completeKinds, lockPreferences, REASONS, writePreferences } from '../preferences.ts';
import { problems } from '../problems.ts';
import { responses } from '../responses.ts';
import { type MailingList, readUnsubscribeToken, type Subscription } from '../unsubscribe-token.ts';

const Query = Type.Object({ token: Type.String({ maxLength: 500 }) });

/**
 * The links in e-mail; they work without signing in. GET only shows a page with a button, because mail scanners follow
 * links; the state is changed by POST, from that page or, in one click, from the mail program (RFC 8058).
 */
export function unsubscribe(app: Server, { sql, signingKey }: Context): void {
  // One click sends multipart or form data; only the form of our page says something that matters.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, new URLSearchParams(body as string)));
  const page200 = { 200: { description: 'A page', content: { 'text/html': { schema: Type.String() } } } };

  const subscriptionOf = (token: string): Subscription => {
    const subscription = readUnsubscribeToken(signingKey, token);
    if (!subscription) throw problems.bad_link();
    return subscription;
  };

  app.get(
    '/notifications/unsubscribe',
    {
      schema: {
        operationId: 'confirmUnsubscribe',
        summary: 'Page that asks whether to end e-mail; changes nothing',
        tags: ['e-mail'],
        querystring: Query,
        response: responses(page200, 400),
      },
    },
    async ({ query: { token } }, reply) => {
      const { list } = subscriptionOf(token);
      return page(
        reply,
        html`<h1>Unsubscribe</h1>
<form method="post"><button>Stop e-mail ${SUBJECTS[list]}</button>
<button name="all" value="yes">Stop all e-mail</button></form>`,
      );
    },
  );

  app.post(
    '/notifications/unsubscribe',
    {
      bodyLimit: 4096,
      schema: {
        operationId: 'unsubscribe',
        summary: 'End e-mail of one kind (one-click, RFC 8058), or all with the form field all',
        tags: ['e-mail'],
        querystring: Query,
        response: responses(page200, 400, 413),
      },
    },
    async ({ query: { token }, body }, reply) => {
      const { userId, list } = subscriptionOf(token);
      const all = body instanceof URLSearchParams && body.get('all') === 'yes';
      await transaction(sql, async (tx) => {
        const row = await lockPreferences(tx, userId);
        const kinds = { ...row.kinds };
        for (const reason of REASONS) {
          const isMeant = all || reason === list || (list === 'digest' && completeKinds(kinds)[reason].email === 'digest');
          if (isMeant) kinds[reason] = { ...kinds[reason], email: 'off' };
        }
        await writePreferences(tx, userId, { ...row, kinds, version: row.version + 1 });
      });
      return page(
        reply,
        html`<h1>Done</h1><p>${all ? 'You get no more e-mail.' : `You get no more e-mail ${SUBJECTS[list]}.`} Your inbox in TaskFlow stays as it is.</p>`,
      );
    },
  );
}

const SUBJECTS: Record<MailingList, string> = {
  assigned: 'about tasks assigned to you',
  mentioned: 'about mentions of you',
  commented: 'about comments',
  watching: 'about tasks you watch',
  due: 'about due tasks',
  digest: 'with the daily digest',
};

/** Loads nothing and runs nothing; the token in its address goes nowhere else. (no-referrer would make its form send `Origin: null`.) */
const page = (reply: FastifyReply, content: Html): string => {
  reply.type('text/html; charset=utf-8').headers({
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>TaskFlow</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.5em 1em;margin:0 .5em .5em 0}</style></head>
<body><main>${content}</main></body></html>`.markup;
};
