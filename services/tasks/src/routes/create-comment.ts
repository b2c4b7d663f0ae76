import { IdParams } from '@taskflow/contracts/primitives';
import { Comment, WriteComment } from '@taskflow/contracts/tasks';
import { etag } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { v7 } from 'uuid';
import { commentColumns } from '../comments/comment.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { lockTask } from '../task.ts';
import { onceInTransaction, writeOnce } from '../write.ts';

/**
 * Names that the copy of the directory does not have are looked up again within seconds, whether auth is there now or not.
 * Who comments on a task watches it from then on, unless they had muted it.
 */
export function createComment(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/:id/comments',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'createComment',
        summary: 'Comment on a task; @handle mentions people, who are told',
        tags: ['comments'],
        security,
        params: IdParams,
        body: WriteComment,
        response: { 201: Comment, ...refusals(403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id } = request.params;
      const { body } = request.body;
      return writeOnce(sql, reply, async (tx) => {
        const [comment] = await tx<Comment[]>`
          with target as materialized (
            ${lockTask(tx, identity, id, 'comment.write')}
          ), created as (
            insert into comments as c (id, task_id, author_id, body, mention_ids, mentions_pending)
            select ${v7()}, (task).id, ${identity.userId}, ${body}, mentioned,
                   cardinality(mentioned) < cardinality(mentioned_handles(${body}))
            from target, mentioned_people((task).workspace_id, ${body}) as mentioned
            returning c.*
          ), watching as (
            insert into watchers (task_id, user_id, watching) select (task).id, ${identity.userId}, true from target
            on conflict (task_id, user_id) do nothing
          )
          select ${commentColumns(tx)},
                 record_task_event(${tx.json(eventContext(request))}, 'comment.created', task, task,
                                   jsonb_build_object('comment', jsonb_build_object('id', c.id, 'excerpt', left(c.body, 200))), c.mention_ids)
          from created c, target`;
        if (!comment) return refuseTask(tx, identity, id, 'comment.write');
        reply.code(201).header('etag', etag(comment.version));
        return comment;
      });
    },
  );
}
