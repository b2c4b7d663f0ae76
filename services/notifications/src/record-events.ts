import type { ChangeEvent, EventBatch, NotifyReason } from '@taskflow/contracts/events';
import type { EmailMode } from '@taskflow/contracts/notifications';
import { type Sql, type Transaction, transaction } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import { completeKinds, type KindPreferences } from './preferences.ts';

/** These call on the person directly; muting does not silence them. */
const DIRECT: ReadonlySet<NotifyReason> = new Set(['assigned', 'mentioned']);
/** When an event concerns a person for several reasons, the first of these is told. */
const STRONGEST_FIRST: NotifyReason[] = ['mentioned', 'assigned', 'due', 'commented', 'watching'];
const EXCERPT_LENGTH = 300;

interface Told {
  event: ChangeEvent;
  userId: string;
  reason: NotifyReason;
  inbox: boolean;
  email: EmailMode;
}

/**
 * Takes in a batch: inbox rows, e-mails and webhook calls are written in the transaction that marks the events as known,
 * so that each event reaches each person once on each channel, however often the batch comes and whoever dies.
 */
export async function recordEvents(sql: Sql, { events, people }: EventBatch, emailAvailable: boolean): Promise<void> {
  await transaction(sql, async (tx) => {
    await rememberPeople(tx, people);
    const fresh = await claimEvents(tx, events);
    if (fresh.length === 0) return;
    const told = await decide(tx, fresh, emailAvailable);
    if (told.length > 0) await tell(tx, told);
    await callWebhooks(tx, fresh);
    await tx`select pg_notify('deliveries', '')`;
  });
}

/** In the order of their ids, here and below, so that two batches at once cannot lock each other out. */
async function rememberPeople(tx: Transaction, people: EventBatch['people']): Promise<void> {
  const rows = Object.entries(people)
    .map(([user_id, { name, handle, email }]) => ({ user_id, name: storable(name), handle: storable(handle), email: storable(email) }))
    .sort((a, b) => (a.user_id < b.user_id ? -1 : 1));
  if (rows.length === 0) return;
  await tx`
    insert into people (user_id, name, handle, email)
    select user_id, name, handle, email
    from jsonb_to_recordset(${tx.json(rows)}) as r (user_id uuid, name text, handle text, email text)
    on conflict (user_id) do update set name = excluded.name, handle = excluded.handle, email = excluded.email
    where (people.name, people.handle, people.email) is distinct from (excluded.name, excluded.handle, excluded.email)`;
}

/** Those not seen before. A batch that runs at the same time with the same events makes this wait for its outcome. */
async function claimEvents(tx: Transaction, events: ChangeEvent[]): Promise<ChangeEvent[]> {
  const rows = events.map(({ id, type }) => ({ id, type })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const claimed = await tx<Array<{ id: string }>>`
    insert into events (id, type)
    select id, type from jsonb_to_recordset(${tx.json(rows)}) as r (id uuid, type text)
    on conflict (id) do nothing
    returning id`;
  const fresh = new Set(claimed.map(({ id }) => id));
  return events.filter(({ id }) => fresh.delete(id.toLowerCase())); // each once, also when the batch repeats it
}

/** Who hears of what on which channel, by preferences and mutes. */
async function decide(tx: Transaction, events: ChangeEvent[], emailAvailable: boolean): Promise<Told[]> {
  const wanted = events.flatMap((event) => [...strongestReasons(event)].map(([userId, reason]) => ({ event, userId, reason })));
  const userIds = [...new Set(wanted.map(({ userId }) => userId))];
  if (userIds.length === 0) return [];
  const chosen = await tx<Array<{ userId: string; kinds: Partial<KindPreferences> }>>`
    select user_id as "userId", kinds from preferences where user_id = any(${userIds}::uuid[])`;
  const subjects = events.flatMap(({ taskId, projectId }) => [taskId, projectId]).filter((id) => id !== null);
  const muted = await tx<Array<{ userId: string; subjectId: string }>>`
    select user_id as "userId", subject_id as "subjectId"
    from mutes where user_id = any(${userIds}::uuid[]) and subject_id = any(${subjects}::uuid[])`;
  const kindsOf = new Map(chosen.map(({ userId, kinds }) => [userId, completeKinds(kinds)]));
  const mutes = new Set(muted.map(({ userId, subjectId }) => `${userId} ${subjectId}`));
  const defaults = completeKinds({});
  return wanted.flatMap(({ event, userId, reason }) => {
    const silenced = [event.taskId, event.projectId].some((subject) => mutes.has(`${userId} ${subject}`));
    if (silenced && !DIRECT.has(reason)) return [];
    const { inbox, email } = (kindsOf.get(userId) ?? defaults)[reason];
    const mode = emailAvailable ? email : 'off';
    return inbox || mode !== 'off' ? [{ event, userId, reason, inbox, email: mode }] : [];
  });
}

function strongestReasons({ notify }: ChangeEvent): Map<string, NotifyReason> {
  const reasons = new Map<string, NotifyReason>();
  for (const reason of STRONGEST_FIRST) {
    for (const entry of notify) {
      if (entry.reason === reason && !reasons.has(entry.userId)) reasons.set(entry.userId, reason);
    }
  }
  return reasons;
}

/** Text that PostgreSQL takes: without NUL, and without half of a character, such as cutting leaves. One such event would stop all. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed();

async function tell(tx: Transaction, told: Told[]): Promise<void> {
  const digests = await openDigests(tx, told);
  const rows = told.map(({ event, userId, reason, inbox, email }) => ({
    id: v7(),
    user_id: userId,
    event_id: event.id,
    reason,
    type: event.type,
    occurred_at: event.occurredAt,
    workspace_id: event.workspaceId,
    project_id: event.projectId,
    task_id: event.taskId,
    human_id: event.task ? storable(event.task.humanId) : null,
    title: storable(event.task?.title ?? event.project?.name ?? event.type),
    actor_id: event.actor.userId,
    actor_name: storable(event.actor.name),
    excerpt: event.comment ? storable(event.comment.excerpt.slice(0, EXCERPT_LENGTH)) : null,
    field_names: event.changes.map(({ field }) => storable(field)),
    inbox,
    digest_id: email === 'digest' ? digests.get(userId) : null,
    email_id: email === 'instant' ? v7() : null,
  }));
  await tx`
    with told as (
      select r.*, array(select jsonb_array_elements_text(r.field_names)) as fields
      from jsonb_to_recordset(${tx.json(rows)}) as r (
        id uuid, user_id uuid, event_id uuid, reason text, type text, occurred_at timestamptz, workspace_id uuid, project_id uuid,
        task_id uuid, human_id text, title text, actor_id uuid, actor_name text, excerpt text, field_names jsonb, inbox boolean,
        digest_id uuid, email_id uuid)
    ), inserted as (
      insert into notifications (id, user_id, event_id, reason, type, occurred_at, workspace_id, project_id, task_id, human_id, title,
        actor_id, actor_name, excerpt, fields, inbox, digest_id)
      select id, user_id, event_id, reason, type, occurred_at, workspace_id, project_id, task_id, human_id, title,
        actor_id, actor_name, excerpt, fields, inbox, digest_id
      from told
      on conflict on constraint notifications_once do nothing
      returning id
    )
    insert into emails (id, user_id, notification_id, due_at, give_up_at)
    select email_id, user_id, id, due_at, due_at + interval '1 day'
    from told
    join inserted using (id)
    left join preferences using (user_id),
    lateral quiet_until(now(), quiet_start, quiet_end, coalesce(time_zone, 'UTC')) as due_at
    where email_id is not null`;
}

/**
 * The digest of each person who wants one: the one that still collects, or a new one at the next time chosen. Its row is
 * locked until the end of the transaction, so that it cannot be sent before what is added to it can be seen.
 */
async function openDigests(tx: Transaction, told: Told[]): Promise<Map<string, string>> {
  const userIds = [...new Set(told.filter(({ email }) => email === 'digest').map(({ userId }) => userId))].sort();
  if (userIds.length === 0) return new Map();
  const rows = userIds.map((user_id) => ({ id: v7(), user_id }));
  const digests = await tx<Array<{ id: string; userId: string }>>`
    insert into emails (id, user_id, due_at, give_up_at)
    select r.id, r.user_id, due_at, due_at + interval '1 day'
    from jsonb_to_recordset(${tx.json(rows)}) as r (id uuid, user_id uuid)
    left join preferences using (user_id),
    lateral next_local_time(now(), coalesce(digest_time, '08:00'), coalesce(time_zone, 'UTC')) as due_at
    on conflict (user_id) where notification_id is null and state = 'pending' and attempts = 0
    do update set due_at = emails.due_at
    returning id, user_id as "userId"`;
  return new Map(digests.map(({ id, userId }) => [userId, id]));
}

async function callWebhooks(tx: Transaction, events: ChangeEvent[]): Promise<void> {
  const workspaceIds = [...new Set(events.map(({ workspaceId }) => workspaceId))];
  const webhooks = await tx<Array<{ id: string; workspaceId: string; projectId: string | null; eventTypes: string[] }>>`
    select id, workspace_id as "workspaceId", project_id as "projectId", event_types as "eventTypes"
    from webhooks where workspace_id = any(${workspaceIds}::uuid[]) and enabled
    for key share`;
  const calls = events.flatMap((event) =>
    webhooks
      .filter(
        ({ workspaceId, projectId, eventTypes }) =>
          workspaceId === event.workspaceId &&
          (projectId === null || projectId === event.projectId) &&
          (eventTypes.length === 0 || eventTypes.includes(event.type)),
      )
      .map((webhook) => ({ id: v7(), webhook_id: webhook.id, event_id: event.id, type: event.type })),
  );
  if (calls.length === 0) return;
  const called = new Set(calls.map(({ event_id }) => event_id));
  const bodies = events.filter(({ id }) => called.has(id)).map((event) => ({ id: event.id, body: webhookBody(event) }));
  await tx`
    update events set body = r.body from jsonb_to_recordset(${tx.json(bodies)}) as r (id uuid, body text) where events.id = r.id`;
  await tx`
    insert into deliveries (id, webhook_id, event_id, type)
    select id, webhook_id, event_id, type
    from jsonb_to_recordset(${tx.json(calls)}) as r (id uuid, webhook_id uuid, event_id uuid, type text)
    on conflict on constraint deliveries_once do nothing`;
}

/** The form that Standard Webhooks recommends. Left out is what concerns only the transport between our services. */
function webhookBody({ cursor: _cursor, notify: _notify, traceId: _traceId, ...event }: ChangeEvent): string {
  return JSON.stringify({ type: event.type, timestamp: event.occurredAt, data: event });
}
