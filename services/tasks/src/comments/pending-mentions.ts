import { type Sql, transaction } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import type { Directory } from '../directory.ts';
import { systemContext } from '../events.ts';
import { recordCommentEvent } from './comment.ts';

const INTERVAL_MS = 5000;
const BATCH = 100;

/**
 * Looks up again whom comments mention that were written while auth could not be asked. Safe in several replicas: each
 * takes comments that no other has locked.
 */
export function resolvePendingMentions(sql: Sql, directory: Directory, log: FastifyBaseLogger, intervalMs = INTERVAL_MS): { stop(): void } {
  let timer: NodeJS.Timeout;
  const tick = async () => {
    await resolveOnce(sql, directory).catch((error) => log.warn({ err: error }, 'pending mentions could not be looked up'));
    schedule();
  };
  const schedule = () => {
    timer = setTimeout(tick, intervalMs).unref();
  };
  schedule();
  return { stop: () => clearTimeout(timer) };
}

async function resolveOnce(sql: Sql, directory: Directory): Promise<void> {
  const waiting = await sql<Array<{ workspaceId: string }>>`
    select distinct t.workspace_id as "workspaceId" from comments c join tasks t on t.id = c.task_id where c.mentions_pending`;
  for (const { workspaceId } of waiting) {
    if (!(await directory.fresh([workspaceId]))) continue;
    await transaction(sql, async (tx) => {
      const resolved = await tx<Array<{ id: string; author: { userId: string; name: string }; newly: string[] }>>`
        with pending as materialized (
          select c.id, c.mention_ids as known, mentioned_people(t.workspace_id, c.body) as mentioned
          from comments c join tasks t on t.id = c.task_id
          where c.mentions_pending and t.workspace_id = ${workspaceId}
          order by c.id limit ${BATCH} for update of c skip locked
        )
        update comments c set mentions_pending = false, mention_ids = mentioned
        from pending where c.id = pending.id
        returning c.id, array(select unnest(mentioned) except select unnest(known)) as newly,
                  jsonb_build_object('userId', c.author_id, 'name', coalesce(
                    (select name from people where workspace_id = ${workspaceId} and user_id = c.author_id), '')) as author`;
      for (const { id, author, newly } of resolved) {
        if (newly.length > 0) await recordCommentEvent(tx, { ...systemContext, actor: author }, 'comment.updated', id, newly);
      }
    });
  }
}
