import { createHash } from 'node:crypto';
import { problems as common } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import { type Static, type TObject, Type } from 'typebox';
import { problems } from '../problems.ts';
import { folderStorage, postgresStorage, type Storage } from './storage.ts';

export const attachmentSettings = {
  ATTACHMENTS_DIR: Type.Optional(
    Type.String({ description: 'folder, shared by all replicas, for new attachments; the database when not set' }),
  ),
  ATTACHMENT_MAX_BYTES: Type.Integer({ minimum: 1, maximum: 1024 ** 3, default: 25 * 1024 * 1024, description: 'of one attachment' }),
  ATTACHMENT_TYPES: Type.String({
    default:
      'image/*,audio/*,video/*,text/*,application/pdf,application/json,application/zip,application/gzip,application/octet-stream,' +
      'application/rtf,application/msword,application/vnd.*',
    description: 'media types that are taken, separated by commas; * at the end stands for anything',
  }),
};

export interface Attachments {
  /** where new content goes */
  storage: Storage;
  /** where the content of an existing one is, also after the setting was changed */
  storageOf(name: string): Storage;
  maxBytes: number;
  /** media types that are taken, such as application/pdf or image/* */
  types: string[];
}

export function attachmentsFrom(sql: Sql, settings: Static<TObject<typeof attachmentSettings>>): Attachments {
  const database = postgresStorage(sql);
  const folder = settings.ATTACHMENTS_DIR === undefined ? undefined : folderStorage(settings.ATTACHMENTS_DIR);
  return {
    storage: folder ?? database,
    storageOf(name) {
      if (name === 'postgres') return database;
      if (folder === undefined) throw new Error('there are attachments in a folder, but ATTACHMENTS_DIR is not set');
      return folder;
    },
    maxBytes: settings.ATTACHMENT_MAX_BYTES,
    types: settings.ATTACHMENT_TYPES.split(',').map((type) => type.trim()),
  };
}

/** SELECT list of a row `a` of attachments: an Attachment of contracts/tasks.ts. */
export const attachmentColumns = (sql: Sql | Transaction) => sql`
  a.id, a.task_id as "taskId", a.name, a.content_type as "contentType", a.size::float8 as size, a.sha256,
  a.created_by as "createdBy", rfc3339(a.created_at) as "createdAt"`;

/**
 * The declared media type without parameters. What the content really is nobody looks at: it is never shown by the
 * service's origin, only handed out to be saved.
 * @throws Problem 415
 */
export function acceptedType(header: string | undefined, accepted: string[]): string {
  const type = (header ?? 'application/octet-stream').split(';')[0]!.trim().toLowerCase();
  const isAccepted = accepted.some((wanted) => wanted === type || (wanted.endsWith('*') && type.startsWith(wanted.slice(0, -1))));
  if (!isAccepted || !/^[\w.+-]{1,60}\/[\w.+-]{1,100}$/.test(type))
    throw problems.attachment_type_refused(`Files of type ${type.slice(0, 100)} are not taken`);
  return type;
}

/** Passes content on while it counts and digests it. */
export class Meter {
  readonly #content: AsyncIterable<Buffer>;
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');
  size = 0;

  constructor(content: AsyncIterable<Buffer>, maxBytes: number) {
    this.#content = content;
    this.#maxBytes = maxBytes;
  }

  /** @throws Problem 413 as soon as there is too much */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const part of this.#content) {
      this.size += part.length;
      if (this.size > this.#maxBytes) throw common.payload_too_large(`A file has at most ${this.#maxBytes} bytes`);
      this.#hash.update(part);
      yield part;
    }
  }

  get sha256(): string {
    return this.#hash.digest('hex');
  }
}

const SWEEP_INTERVAL_MS = 600_000;

/** Removes what uploads that broke off left behind. Safe in several replicas. */
export function sweepUnfinished(sql: Sql, { storageOf }: Attachments, log: FastifyBaseLogger): { stop(): void } {
  const sweep = async () => {
    const rows = await sql<Array<{ id: string; storage: string }>>`
      select id, storage from attachments where sha256 is null and created_at < now() - interval '1 hour' limit 1000`;
    for (const { id, storage } of rows) {
      await storageOf(storage).remove(id);
      await sql`delete from attachments where id = ${id} and sha256 is null`;
    }
  };
  const timer = setInterval(() => void sweep().catch((error) => log.warn({ err: error }, 'sweep of uploads failed')), SWEEP_INTERVAL_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
