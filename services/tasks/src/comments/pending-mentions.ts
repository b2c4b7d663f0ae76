import { type Sql, transaction } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import type { Directory } from '../directory.ts';
import { systemContext } from '../events.ts';
import { recordCommentEvent } from './comment.ts';

const INTERVAL_MS = 2000;
const BATCH = 100;

/**
 * Looks up again whom comments mention that name somebody the copy of the directory did not have: a person who has just
 * joined, or one it could not learn of while auth was away; then forgets about names that nobody has. Safe in several
 * replicas: each takes comments that no other has locked.
 */
export function resolvePendingMentions(sql: Sql, directory: Directory, log: FastifyBaseLogger): { stop(): void } {
  let timer: NodeJS.Timeout;
  const tick = async () => {
    await resolve(sql, directory).catch((error) => log.warn({ err: error }, 'pending mentions could not be looked up'));
    schedule();
  };
  const schedule = () => {
    timer = setTimeout(tick, INTERVAL_MS).unref();
  };
  schedule();
  return { stop: () => clearTimeout(timer) };
}

async function resolve(sql: Sql, directory: Directory): Promise<void> {
  const waiting = await sql<Array<{ workspaceId: string; ids: string[] }>>`
    select t.workspace_id as "workspaceId", array_agg(c.id) as ids
    from (select id, task_id from comments where mentions_pending order by id limit ${BATCH}) as c join tasks t on t.id = c.task_id
    group by t.workspace_id`;
  // What is fetched from here on is newer than these comments.
  for (const { workspaceId, ids } of waiting) {
    if (!(await directory.refresh(workspaceId))) continue;
    await transaction(sql, async (tx) => {
      const resolved = await tx<Array<{ id: string; author: { userId: string; name: string }; newly: string[] }>>`
        with pending as materialized (
          select c.id, c.mention_ids as known, mentioned_people(${workspaceId}, c.body) as mentioned
          from comments c
          where c.id = any(${ids}::uuid[]) and c.mentions_pending
          order by c.id for update of c skip locked
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
