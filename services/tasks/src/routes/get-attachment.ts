import { type Attachment, AttachmentParams } from '@taskflow/contracts/tasks';
import { notModified } from '@taskflow/http/conditional';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import { attachmentColumns } from '../attachments/attachments.ts';
import { may } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { problems } from '../problems.ts';
import { refusals, security } from '../responses.ts';

const File = Type.Unsafe<never>({ type: 'string', format: 'binary' });

export function getAttachment(app: Server, { sql, attachments }: Context): void {
  app.get(
    '/tasks/:id/attachments/:attachmentId',
    {
      schema: {
        operationId: 'getAttachment',
        summary: 'The content of a file; one byte range can be asked for',
        tags: ['attachments'],
        security,
        produces: ['application/octet-stream'],
        params: AttachmentParams,
        response: { 200: File, 206: File, 304: Type.Null(), ...refusals(404, 416) },
      },
    },
    async (request, reply) => {
      const { id, attachmentId } = request.params;
      const [file] = await sql<Array<Attachment & { storage: string }>>`
        select ${attachmentColumns(sql)}, a.storage
        from attachments a join tasks t on t.id = a.task_id join projects p on p.id = t.project_id
        where a.id = ${attachmentId} and t.id = ${id} and a.sha256 is not null
          and t.deleted_at is null and p.deleted_at is null and ${may(sql, request.identity, 'project.read')}`;
      if (!file) throw common.not_found();
      const tag = `"${file.sha256}"`;
      if (notModified(request, reply, tag)) return reply;
      const ifRange = request.headers['if-range'];
      const wanted = ifRange === undefined || ifRange === tag ? parseRange(request.headers.range, file.size) : undefined;
      const { start, end } = wanted ?? { start: 0, end: file.size };
      // Whatever a person has uploaded must not run in this origin: it is saved, not shown, and is what it was declared to be.
      reply.headers({
        'content-type': file.contentType,
        'content-disposition': `attachment; filename*=UTF-8''${encodeRfc8187(file.name)}`,
        'content-length': end - start,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'private, no-cache',
        'accept-ranges': 'bytes',
      });
      if (wanted) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${file.size}`);
      return reply.send(attachments.storageOf(file.storage).read(attachmentId, start, end) as never);
    },
  );
}

/**
 * One byte range (RFC 9110, 14.1.2) as [start, end). Undefined without one, and for what a server may ignore: other units,
 * several ranges, nonsense.
 * @throws Problem 416 for a range that lies outside
 */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (!match || match[0] === 'bytes=-') return undefined;
  const [, first = '', last = ''] = match;
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= end) throw problems.range_not_satisfiable({ headers: { 'content-range': `bytes */${size}` } });
  return { start, end };
}

/** Percent-encodes all but attr-char (RFC 8187, 3.2.1). A lone surrogate, which has no UTF-8, becomes U+FFFD. */
const encodeRfc8187 = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
