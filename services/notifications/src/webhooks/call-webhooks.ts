import { randomBytes } from 'node:crypto';
import type { Secret } from '@taskflow/http/secret';
import { VERSION } from '@taskflow/http/server';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import type { Counter } from 'prom-client';
import { Webhook } from 'standardwebhooks';
import { v7 } from 'uuid';
import { DeliveryLoop } from '../delivery-loop.ts';
import { unseal } from '../keys.ts';
import { persist, retryDelay } from '../retry.ts';
import type { Answer, Egress } from './egress.ts';

export interface WebhookOptions {
  sql: Sql;
  egress: Egress;
  signingKey: Secret;
  /** seconds that one attempt may take */
  timeoutSeconds: number;
  /** seconds until the first retry */
  retrySeconds: number;
  /** days of nothing but failures after which a webhook is disabled */
  failingDays: number;
  outcomes: Counter<'channel' | 'outcome'>;
  log: FastifyBaseLogger;
}

interface Claimed {
  id: string;
  eventId: string;
  body: string;
  attempts: number;
  tries: number;
  exhausted: boolean;
  webhookId: string;
  url: string;
  secret: Buffer;
  previousSecret: Buffer | null;
}

interface Attempt extends Answer {
  at: Date;
  requestId: string;
}

const PLACES = 20;
/** So that one slow receiver does not take all places. */
const PLACES_PER_WEBHOOK = 4;
/** A claim outlives the attempt by as much again, in which the outcome must be written down. */
const CLAIM_FACTOR = 2;

/**
 * Calls webhooks by the Standard Webhooks scheme: at least once, in no certain order; `webhook-id` is the event's id at
 * every attempt and replay, so that receivers can tell repetitions.
 */
export function callWebhooks({ sql, egress, signingKey, timeoutSeconds, retrySeconds, failingDays, outcomes, log }: WebhookOptions) {
  const claimSeconds = timeoutSeconds * CLAIM_FACTOR;
  const busy = new Map<string, number>();

  /** A few of each webhook, the longest due first; none of those that have calls under way here. */
  const claim = (places: number) => sql<Claimed[]>`
    with due as (
      select d.id
      from webhooks w,
      lateral (
        select id from deliveries where webhook_id = w.id and state = 'pending' and due_at <= now()
        order by due_at limit ${PLACES_PER_WEBHOOK} for update skip locked
      ) d
      where w.enabled and w.id <> all(${[...busy.keys()]}::uuid[])
      limit ${places}
    )
    update deliveries d
    set attempts = d.attempts + 1, tries = d.tries + 1, due_at = now() + make_interval(secs => ${claimSeconds})
    from due, webhooks w, events e
    where d.id = due.id and w.id = d.webhook_id and e.id = d.event_id
    returning d.id, d.event_id as "eventId", e.body, d.attempts, d.tries, d.give_up_at <= now() as exhausted,
      w.id as "webhookId", w.url, w.secret,
      case when w.previous_secret_until > now() then w.previous_secret end as "previousSecret"`;

  async function deliver(job: Claimed): Promise<void> {
    busy.set(job.webhookId, (busy.get(job.webhookId) ?? 0) + 1);
    try {
      const end = performance.now() + claimSeconds * 1000;
      const attempt = await call(job);
      await persist(() => settle(job, attempt), end - performance.now());
      outcomes.inc({ channel: 'webhook', outcome: attempt.error === null ? 'delivered' : 'failed' });
    } finally {
      const left = busy.get(job.webhookId)! - 1;
      if (left === 0) busy.delete(job.webhookId);
      else busy.set(job.webhookId, left);
    }
  }

  async function call({ webhookId, url, eventId, body, secret, previousSecret }: Claimed): Promise<Attempt> {
    const at = new Date();
    const requestId = randomBytes(12).toString('base64url');
    const signatures = signaturesOf(webhookId, eventId, at, body, [secret, previousSecret]);
    if (!signatures) {
      return { at, requestId, status: null, answer: '', retryAfter: 0, durationMs: 0, error: 'its secret cannot be opened: rotate it' };
    }
    const headers = {
      'content-type': 'application/json',
      'user-agent': `TaskFlow/${VERSION}`,
      'x-request-id': requestId,
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signatures,
    };
    return { at, requestId, ...(await egress.post(url, headers, body, timeoutSeconds * 1000)) };
  }

  /** @returns undefined when notifications-signing-key has lost the key that sealed a secret */
  function signaturesOf(webhookId: string, id: string, at: Date, body: string, sealed: Array<Buffer | null>): string | undefined {
    try {
      const secrets = sealed.filter((secret) => secret !== null).map((secret) => unseal(signingKey, webhookId, secret));
      return secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' ');
    } catch (error) {
      log.error({ err: error, webhookId }, 'a webhook cannot be signed');
      return undefined;
    }
  }

  const settle = (job: Claimed, attempt: Attempt) =>
    sql.begin(async (tx) => {
      const { requestId, status, durationMs, error, answer, at, retryAfter } = attempt;
      const gone = status === 410;
      const state = error === null ? 'delivered' : gone || job.exhausted ? 'failed' : 'pending';
      const { count } = await tx`
        update deliveries set
          state = ${state},
          delivered_at = ${state === 'delivered' ? tx`now()` : tx`delivered_at`},
          due_at = ${state === 'pending' ? tx`now() + make_interval(secs => ${retryDelay(job.tries, retrySeconds, retryAfter)})` : tx`due_at`}
        where id = ${job.id} and attempts = ${job.attempts}`;
      if (count === 0) return; // its claim ran out, and another has it
      await tx`
        insert into delivery_attempts (delivery_id, number, at, request_id, status, duration_ms, error, answer)
        values (${job.id}, ${job.attempts}, ${at}, ${requestId}, ${status}, ${durationMs}, ${error}, ${answer})`;
      if (state === 'delivered')
        await tx`update webhooks set failing_since = null where id = ${job.webhookId} and failing_since is not null`;
      else await noteFailure(tx, job.webhookId, gone);
    });

  /** A webhook that says 410, or that has only failed for days, is disabled, and whoever made it is told. */
  async function noteFailure(tx: Transaction, webhookId: string, gone: boolean): Promise<void> {
    await tx`update webhooks set failing_since = now() where id = ${webhookId} and failing_since is null`;
    const [disabled] = await tx<Array<{ workspaceId: string; name: string; createdBy: string }>>`
      update webhooks set enabled = false, disabled_reason = ${gone ? 'gone' : 'failing'}, version = version + 1
      where id = ${webhookId} and enabled and (${gone} or failing_since < now() - make_interval(days => ${failingDays}))
      returning workspace_id as "workspaceId", name, created_by as "createdBy"`;
    if (!disabled) return;
    log.warn({ webhookId, gone }, 'a webhook was disabled');
    await tx`
      insert into notifications (id, user_id, event_id, reason, type, occurred_at, workspace_id, title, actor_name, fields, inbox)
      values (${v7()}, ${disabled.createdBy}, ${v7()}, 'system', 'webhook.disabled', now(), ${disabled.workspaceId}, ${disabled.name},
        'TaskFlow', '{}', true)`;
  }

  return new DeliveryLoop({ places: PLACES, claim, deliver, log });
}
