import type { Readable } from 'node:stream';
import { IdParams } from '@taskflow/contracts/primitives';
import { Attachment } from '@taskflow/contracts/tasks';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import { v7 } from 'uuid';
import { acceptedType, attachmentColumns, Meter } from '../attachments/attachments.ts';
import type { Context } from '../context.ts';
import { eventContext } from '../events.ts';
import { refuseTask } from '../refusal.ts';
import { refusals, security } from '../responses.ts';
import { lockTask } from '../task.ts';

/**
 * The file is the body as it is, streamed. Its row exists from the beginning and counts when it has a digest, so an upload
 * that breaks off leaves nothing to be seen.
 */
export function createAttachment(app: Server, { sql, attachments }: Context): void {
  const { storage, maxBytes, types } = attachments;
  app.register(async (uploads: Server) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    uploads.post(
      '/tasks/:id/attachments',
      {
        bodyLimit: maxBytes,
        schema: {
          operationId: 'createAttachment',
          summary: 'Attach a file: send its content as the body, its type as Content-Type',
          tags: ['attachments'],
          security,
          consumes: types,
          params: IdParams,
          querystring: Type.Object({ name: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\\\\\u0000-\\u001f]+$' }) }),
          response: { 201: Attachment, ...refusals(403, 404, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const { identity } = request;
        const id = v7();
        const taskId = request.params.id;
        const contentType = acceptedType(request.headers['content-type'], types);
        const [begun] = await sql`
          with target as (${lockTask(sql, identity, taskId, 'task.edit')})
          insert into attachments (id, task_id, name, content_type, storage, created_by)
          select ${id}, (task).id, ${request.query.name}, ${contentType}, ${storage.name}, ${identity.userId} from target
          returning id`;
        if (!begun) return refuseTask(sql, identity, taskId, 'task.edit');
        try {
          const content = new Meter((request.body ?? []) as Readable, maxBytes);
          await storage.write(id, content);
          const [attachment] = await sql<Attachment[]>`
            with target as materialized (
              ${lockTask(sql, identity, taskId, 'task.edit')}
            ), a as (
              update attachments set size = ${content.size}, sha256 = ${content.sha256}
              from target where attachments.id = ${id}
              returning attachments.*
            )
            select ${attachmentColumns(sql)},
                   record_task_event(${sql.json(eventContext(request))}, 'attachment.created', task, task, jsonb_build_object(
                     'data', jsonb_build_object('id', a.id, 'name', a.name, 'size', a.size)))
            from a, target`;
          if (!attachment) return await refuseTask(sql, identity, taskId, 'task.edit');
          return reply.code(201).header('location', `/tasks/${taskId}/attachments/${id}`).send(attachment);
        } catch (error) {
          await storage.remove(id);
          await sql`delete from attachments where id = ${id}`;
          throw (error as NodeJS.ErrnoException).code === 'ECONNRESET'
            ? common.malformed_request({ detail: 'The upload broke off', cause: error })
            : error;
        }
      },
    );
  });
}
