import type { EventType } from '@taskflow/contracts/events';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { FastifyRequest } from 'fastify';
import type { JSONValue } from 'postgres';
import { READERS } from './authorisation.ts';

/*
 * Every change writes its event (contracts/events.ts) in its own transaction, by the SQL functions record_event,
 * record_project_event and record_task_event, so that simple changes are one statement. A trigger notifies the channel
 * task_events.
 */

/** Who makes the change, in which trace: the first argument of the SQL functions, as `${sql.json(eventContext(request))}`. */
export function eventContext({ identity, context }: FastifyRequest): EventContext {
  return { actor: { userId: identity.userId, name: identity.name }, traceId: context.traceId, readers: READERS };
}

/** The same for changes that the service makes by itself, such as the next task of a recurring one. */
export const systemContext: EventContext = { actor: { userId: null, name: 'TaskFlow' }, readers: READERS };

export type EventContext = {
  actor: { userId: string | null; name: string };
  traceId?: string;
  readers: typeof READERS;
};

/** Writes the event of a change to a project or its columns, with the project as it is now. */
export async function recordProjectEvent(
  tx: Sql | Transaction,
  context: EventContext,
  type: EventType,
  projectId: string,
  { changes = [], data }: { changes?: Array<{ field: string; from: JSONValue; to: JSONValue }>; data?: JSONValue } = {},
): Promise<void> {
  const body = { changes, notify: [], ...(data === undefined ? {} : { data }) };
  await tx`
    select record_event(${tx.json(context)}, ${type}, p.workspace_id, p.id, null,
                        ${tx.json(body)}::jsonb || jsonb_build_object('project', project_snapshot(p)))
    from projects p where p.id = ${projectId}`;
}
