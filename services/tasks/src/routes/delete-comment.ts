import { CommentParams } from '@taskflow/contracts/tasks';
import { ifMatchVersion } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import { lockComment, recordCommentEvent } from '../comments/comment.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { security, writeRefusals } from '../responses.ts';

export function deleteComment(app: Server, { sql }: Context): void {
  app.delete(
    '/tasks/:id/comments/:commentId',
    {
      schema: {
        operationId: 'deleteComment',
        summary: 'Delete your comment, or as a lead anyone’s; it can be restored',
        tags: ['comments'],
        security,
        params: CommentParams,
        response: { 204: Type.Null(), ...writeRefusals },
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      await transaction(sql, async (tx) => {
        const { id } = await lockComment(tx, request.identity, request.params, { version, moderate: true });
        await tx`update comments set deleted_at = now(), version = version + 1 where id = ${id}`;
        await recordCommentEvent(tx, eventContext(request), 'comment.deleted', id);
      });
      return reply.code(204).send(null);
    },
  );
}
