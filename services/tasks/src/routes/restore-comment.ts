import { Comment, CommentParams } from '@taskflow/contracts/tasks';
import { etag, ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { commentColumns, lockComment, recordCommentEvent } from '../comments/comment.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { security, writeRefusals } from '../responses.ts';
import { onceInTransaction, writeAllOnce } from '../write.ts';

export function restoreComment(app: Server, { sql }: Context): void {
  app.post(
    '/tasks/:id/comments/:commentId/restore',
    {
      config: onceInTransaction,
      schema: {
        operationId: 'restoreComment',
        summary: 'Bring a deleted comment back',
        tags: ['comments'],
        security,
        params: CommentParams,
        response: { 200: Comment, ...writeRefusals },
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      return writeAllOnce(sql, reply, async (tx) => {
        const { id } = await lockComment(tx, request.identity, request.params, { version, moderate: true, deleted: true });
        const [comment] = await tx<Comment[]>`
          update comments c set deleted_at = null, version = c.version + 1 where c.id = ${id} returning ${commentColumns(tx)}`;
        // Restored is changed, to its readers: there is no event of its own, and nobody is told again.
        await recordCommentEvent(tx, eventContext(request), 'comment.updated', id);
        reply.header('etag', etag(comment!.version));
        return comment!;
      });
    },
  );
}
