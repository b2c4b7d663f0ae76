import { Comment, CommentParams, WriteComment } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { commentColumns, lockComment, recordCommentEvent } from '../comments/comment.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { security, writeRefusals } from '../responses.ts';

export function patchComment(app: Server, { sql }: Context): void {
  app.patch(
    '/tasks/:id/comments/:commentId',
    {
      schema: {
        operationId: 'patchComment',
        summary: 'Change your comment; who is newly mentioned is told',
        tags: ['comments'],
        security,
        params: CommentParams,
        body: WriteComment,
        response: { 200: Comment, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const { identity, params } = request;
      const { body } = request.body;
      const version = ifMatchVersion(request);
      const comment = await transaction(sql, async (tx) => {
        const before = await lockComment(tx, identity, params, { version });
        const [after] = await tx<Comment[]>`
          update comments c
          set body = ${body}, mention_ids = mentioned, updated_at = now(), version = c.version + 1,
              mentions_pending = cardinality(mentioned) < cardinality(mentioned_handles(${body}))
          from tasks t, mentioned_people(t.workspace_id, ${body}) as mentioned
          where c.id = ${params.commentId} and t.id = c.task_id
          returning ${commentColumns(tx)}`;
        const newly = after!.mentionIds.filter((id) => !before.mentionIds.includes(id));
        await recordCommentEvent(tx, eventContext(request), 'comment.updated', params.commentId, newly);
        return after!;
      });
      reply.header('etag', etag(comment.version));
      return comment;
    },
  );
}
