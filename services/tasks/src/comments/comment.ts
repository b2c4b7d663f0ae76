import type { Comment } from '@taskflow/contracts/tasks';
import { stale } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { may } from '../authorisation.ts';
import type { EventContext } from '../events.ts';
import { problems } from '../problems.ts';

/** SELECT list of a row `c` of comments: a Comment of contracts/tasks.ts. */
export const commentColumns = (sql: Sql | Transaction) => sql`
  c.id, c.task_id as "taskId", c.author_id as "authorId", c.body, c.mention_ids as "mentionIds",
  rfc3339(c.created_at) as "createdAt", rfc3339(c.updated_at) as "updatedAt", rfc3339(c.deleted_at) as "deletedAt", c.version`;

/**
 * A comment that the person may change, locked: their own, or with `moderate` also others' for those who moderate.
 * @throws Problem 404, 403, 409 in an archived project, 412
 */
export async function lockComment(
  tx: Transaction,
  identity: Identity,
  { id, commentId }: { id: string; commentId: string },
  { version, moderate = false, deleted = false }: { version: number; moderate?: boolean; deleted?: boolean },
): Promise<Comment> {
  const [row] = await tx<Array<Comment & { writes: boolean; moderates: boolean; archived: boolean }>>`
    select ${commentColumns(tx)}, ${may(tx, identity, 'comment.write')} as writes, ${may(tx, identity, 'comment.moderate')} as moderates,
           p.archived
    from comments c join tasks t on t.id = c.task_id join projects p on p.id = t.project_id
    where c.id = ${commentId} and t.id = ${id} and (c.deleted_at is not null) = ${deleted}
      and t.deleted_at is null and p.deleted_at is null and ${may(tx, identity, 'project.read')}
    for no key update of c, t`;
  if (!row) throw common.not_found();
  const { writes, moderates, archived, ...comment } = row;
  const own = writes && comment.authorId === identity.userId;
  if (!own && !(moderate && moderates)) throw common.forbidden('Only its author changes a comment');
  if (archived) throw problems.project_archived();
  if (comment.version !== version) throw stale(comment);
  return comment;
}

/** Writes a comment.* event with the comment as it is now. */
export const recordCommentEvent = (tx: Transaction, context: EventContext, type: string, commentId: string, mentions: string[] = []) => tx`
  select record_task_event(${tx.json(context)}, ${type}, t, t,
                           jsonb_build_object('comment', jsonb_build_object('id', c.id, 'excerpt', left(c.body, 200))), ${mentions}::uuid[])
  from comments c join tasks t on t.id = c.task_id where c.id = ${commentId}`;
