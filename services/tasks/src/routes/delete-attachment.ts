import { AttachmentParams } from '@taskflow/contracts/tasks';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { lockTask } from '../task.ts';

/** A file never changes, so there is no version to name with If-Match. */
export function deleteAttachment(app: Server, { sql, attachments }: Context): void {
  app.delete(
    '/tasks/:id/attachments/:attachmentId',
    {
      schema: {
        operationId: 'deleteAttachment',
        summary: 'Delete a file for good',
        tags: ['attachments'],
        security,
        params: AttachmentParams,
        response: { 204: Type.Null(), ...refusals(403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { identity } = request;
      const { id, attachmentId } = request.params;
      const storage = await transaction(sql, async (tx) => {
        const [target] = await tx`with target as (${lockTask(tx, identity, id, 'task.edit')}) select from target`;
        if (!target) return refuseTask(tx, identity, id, 'task.edit');
        const [data] = await tx<Array<{ id: string; name: string; size: number; storage: string }>>`
          delete from attachments where id = ${attachmentId} and task_id = ${id} and sha256 is not null
          returning id, name, size::float8 as size, storage`;
        if (!data) throw common.not_found();
        await tx`
          select record_task_event(${tx.json(eventContext(request))}, 'attachment.deleted', t, t, ${tx.json({ data })})
          from tasks t where t.id = ${id}`;
        return data.storage;
      });
      await attachments.storageOf(storage).remove(attachmentId);
      return reply.code(204).send(null);
    },
  );
}
