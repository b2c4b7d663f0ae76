import type { NotifyReason } from '@taskflow/contracts/events';
import type { Sql } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import type { Counter } from 'prom-client';
import { DeliveryLoop } from '../delivery-loop.ts';
import { type NotificationRow, notificationColumns } from '../inbox.ts';
import { completeKinds, type KindPreferences } from '../preferences.ts';
import { persist, retryDelay } from '../retry.ts';
import { type Composer, composeDigest, composeNotification, type Recipient } from './compose.ts';
import { type Mail, MailError, type Mailer } from './mailer.ts';

export interface EmailOptions {
  sql: Sql;
  mailer: Mailer;
  composer: Composer;
  /** seconds that one attempt may take */
  timeoutSeconds: number;
  /** seconds until the first retry */
  retrySeconds: number;
  outcomes: Counter<'channel' | 'outcome'>;
  log: FastifyBaseLogger;
}

interface Claimed {
  id: string;
  userId: string;
  notificationId: string | null;
  attempts: number;
  exhausted: boolean;
}

type Outcome = { state: 'delivered' | 'failed' | 'skipped'; error?: string } | { state: 'pending'; error: string; seconds: number };

/** A claim outlives the attempt by as much again, in which the outcome must be written down. */
const CLAIM_FACTOR = 2;

/**
 * Sends what is due. Each mail has one message id for ever. It can be doubled only when we die, or lose the database for
 * longer than the claim, between the server's 250 and our commit, or when the server takes a mail without ever saying so.
 */
export function sendEmails({ sql, mailer, composer, timeoutSeconds, retrySeconds, outcomes, log }: EmailOptions): DeliveryLoop<Claimed> {
  const claimSeconds = timeoutSeconds * CLAIM_FACTOR;

  const claim = (places: number) => sql<Claimed[]>`
    update emails set attempts = attempts + 1, due_at = now() + make_interval(secs => ${claimSeconds})
    where id in (
      select id from emails where state = 'pending' and due_at <= now() order by due_at limit ${places} for update skip locked)
    returning id, user_id as "userId", notification_id as "notificationId", attempts, give_up_at <= now() as exhausted`;

  async function deliver(job: Claimed): Promise<void> {
    const end = performance.now() + claimSeconds * 1000;
    const outcome = await attempt(job);
    await persist(() => settle(job, outcome), end - performance.now());
    outcomes.inc({ channel: 'email', outcome: outcome.state });
  }

  async function attempt(job: Claimed): Promise<Outcome> {
    const mail = await compose(job);
    if (!mail) return { state: 'skipped' };
    try {
      await mailer.send(mail);
      return { state: 'delivered' };
    } catch (error) {
      if (!(error instanceof MailError)) throw error;
      log.warn({ emailId: job.id, attempt: job.attempts, reason: error.message }, 'an e-mail was not taken');
      if (error.permanent || job.exhausted) return { state: 'failed', error: error.message };
      return { state: 'pending', error: error.message, seconds: retryDelay(job.attempts, retrySeconds) };
    }
  }

  /** @returns undefined when there is nothing to say any more: unsubscribed, or all of a digest read meanwhile */
  async function compose({ id, userId, notificationId }: Claimed): Promise<Mail | undefined> {
    const [recipient] = await sql<Array<Recipient & { kinds: Partial<KindPreferences> | null }>>`
      select user_id as "userId", name, email, kinds from people left join preferences using (user_id) where user_id = ${userId}`;
    if (!recipient) return undefined;
    const kinds = completeKinds(recipient.kinds ?? {});
    const rows = await sql<NotificationRow[]>`
      select ${notificationColumns(sql)} from notifications
      where ${notificationId ? sql`id = ${notificationId}` : sql`digest_id = ${id} and read_at is null`}
      order by id limit 200`;
    const wanted = rows.filter(({ reason }) => kinds[reason as NotifyReason].email !== 'off');
    if (wanted.length === 0) return undefined;
    return notificationId ? composeNotification(composer, id, recipient, wanted[0]!) : composeDigest(composer, id, recipient, wanted);
  }

  const settle = ({ id, attempts }: Claimed, outcome: Outcome) => sql`
    update emails set
      state = ${outcome.state},
      error = ${outcome.error ?? null},
      due_at = ${outcome.state === 'pending' ? sql`now() + make_interval(secs => ${outcome.seconds})` : sql`due_at`},
      finished_at = ${outcome.state === 'pending' ? null : sql`now()`}
    where id = ${id} and attempts = ${attempts}`;

  return new DeliveryLoop({ places: 4, claim, deliver, log });
}
