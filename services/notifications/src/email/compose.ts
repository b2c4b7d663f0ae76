import type { Secret } from '@taskflow/http/secret';
import type { NotificationRow } from '../inbox.ts';
import { type MailingList, unsubscribeToken } from '../unsubscribe-token.ts';
import { describe } from '../wording.ts';
import { type Html, html } from './html.ts';
import type { Mail } from './mailer.ts';

export interface Composer {
  /** where people reach the web app */
  publicUrl: string;
  /** right side of message ids */
  domain: string;
  signingKey: Secret;
}

export interface Recipient {
  userId: string;
  name: string;
  email: string;
}

const LISTS: Record<MailingList, string> = {
  assigned: 'tasks assigned to you',
  mentioned: 'mentions of you',
  commented: 'comments on your tasks',
  watching: 'tasks you watch',
  due: 'due tasks',
  digest: 'the daily digest',
};

/** Of one notification. All mails of a task refer to the same message id, so that they are shown as one thread. */
export function composeNotification(composer: Composer, emailId: string, recipient: Recipient, told: NotificationRow): Mail {
  const list = told.reason as MailingList;
  const sentence = describe(told);
  const link = linkOf(composer, told);
  return {
    ...envelope(composer, emailId, recipient, list),
    ...(told.taskId ? { references: [`<task-${told.taskId}@${composer.domain}>`] } : {}),
    subject: subjectOf(told),
    text: [`${sentence}.`, told.excerpt ? quote(told.excerpt) : '', link, footerText(composer, recipient, list)]
      .filter(Boolean)
      .join('\n\n'),
    html: page(
      html`<p>${sentence}.</p>${told.excerpt ? html`<blockquote style="margin:0 0 1em;padding-left:1em;border-left:3px solid #d0d5dd;white-space:pre-wrap">${told.excerpt}</blockquote>` : html``}
<p><a href="${link}">${subjectOf(told)}</a></p>`,
      footer(composer, recipient, list),
    ),
  };
}

/** Of all that a digest collected, task by task. */
export function composeDigest(composer: Composer, emailId: string, recipient: Recipient, told: NotificationRow[]): Mail {
  const groups = [...Map.groupBy(told, (row) => row.taskId ?? row.id).values()];
  const text = groups.map((rows) => [subjectOf(rows[0]!), ...rows.map((row) => `- ${line(row)}`), linkOf(composer, rows[0]!)].join('\n'));
  const sections = groups.map(
    (rows) => html`<h3 style="margin:1.5em 0 .5em;font-size:1em"><a href="${linkOf(composer, rows[0]!)}">${subjectOf(rows[0]!)}</a></h3>
<ul style="margin:0;padding-left:1.2em">${rows.map((row) => html`<li>${line(row)}</li>`)}</ul>`,
  );
  return {
    ...envelope(composer, emailId, recipient, 'digest'),
    subject: told.length === 1 ? 'Your day: one notification' : `Your day: ${told.length} notifications`,
    text: [...text, footerText(composer, recipient, 'digest')].join('\n\n'),
    html: page(html`${sections}`, footer(composer, recipient, 'digest')),
  };
}

const subjectOf = ({ humanId, title }: NotificationRow): string => (humanId ? `[${humanId}] ${title}` : title).replace(/\s+/g, ' ');
const line = (row: NotificationRow): string => (row.excerpt ? `${describe(row)}: ${row.excerpt.replace(/\s+/g, ' ')}` : describe(row));
const quote = (text: string): string => text.replace(/^/gm, '> ');

const linkOf = ({ publicUrl }: Composer, { taskId, projectId }: NotificationRow): string =>
  taskId ? `${publicUrl}/tasks/${taskId}` : projectId ? `${publicUrl}/projects/${projectId}` : `${publicUrl}/inbox`;

const unsubscribeLink = ({ publicUrl, signingKey }: Composer, { userId }: Recipient, list: MailingList): string =>
  `${publicUrl}/api/notifications/unsubscribe?token=${unsubscribeToken(signingKey, { userId, list })}`;

/**
 * One-click unsubscribing as RFC 8058 defines it; it wants an https address, so over plain http (on a developer's machine)
 * only the link of RFC 2369 is there.
 */
function envelope(composer: Composer, emailId: string, recipient: Recipient, list: MailingList) {
  const link = unsubscribeLink(composer, recipient, list);
  return {
    to: { name: recipient.name, address: recipient.email },
    messageId: `<${emailId}@${composer.domain}>`,
    headers: {
      'List-Id': `<${list}.taskflow.${composer.domain}>`,
      'List-Unsubscribe': `<${link}>`,
      ...(link.startsWith('https:') ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
    },
  };
}

const footerText = (composer: Composer, recipient: Recipient, list: MailingList): string =>
  `--\nYou get mail about ${LISTS[list]}. Unsubscribe: ${unsubscribeLink(composer, recipient, list)}`;

const footer = (composer: Composer, recipient: Recipient, list: MailingList): Html =>
  html`<p style="margin-top:2em;font-size:.85em;color:#667085">You get mail about ${LISTS[list]}. <a href="${unsubscribeLink(composer, recipient, list)}" style="color:#667085">Unsubscribe</a></p>`;

/** Nothing is loaded from elsewhere and nothing tells whether the mail was read. */
const page = (content: Html, end: Html): string =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"></head>
<body style="font:16px/1.5 system-ui,sans-serif;color:#101828;max-width:40em;margin:1em">${content}${end}</body></html>`.markup;
