import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from '@taskflow/postgres/database';

/** Where the content of attachments is kept. Ranges are [start, end) in bytes. */
export interface Storage {
  readonly name: 'postgres' | 'folder';
  /** Durable when it resolves. */
  write(id: string, content: AsyncIterable<Buffer>): Promise<void>;
  read(id: string, start: number, end: number): Readable;
  remove(id: string): Promise<void>;
}

/** Bytes of a chunk: one is in memory at a time, for each upload or download. */
const CHUNK = 256 * 1024;

/** In the database: backed up with everything else. Chunks are written one by one, so no transaction waits for a slow client. */
export function postgresStorage(sql: Sql): Storage {
  async function* readChunks(id: string, start: number, end: number) {
    for (let position = Math.floor(start / CHUNK); position * CHUNK < end; position++) {
      const [row] = await sql<Array<{ data: Buffer }>>`
        select data from attachment_chunks where attachment_id = ${id} and position = ${position}`;
      if (!row) throw new Error(`attachment ${id} lacks chunk ${position}`);
      yield row.data.subarray(Math.max(0, start - position * CHUNK), end - position * CHUNK);
    }
  }
  return {
    name: 'postgres',
    async write(id, content) {
      let position = 0;
      for await (const data of chunksOf(content)) {
        await sql`insert into attachment_chunks (attachment_id, position, data) values (${id}, ${position++}, ${data})`;
      }
    },
    read: (id, start, end) => Readable.from(readChunks(id, start, end), { objectMode: false }),
    remove: async (id) => void (await sql`delete from attachment_chunks where attachment_id = ${id}`),
  };
}

/** In a folder that all replicas share, one file an attachment, named by its id and nothing that a person has chosen. */
export function folderStorage(folder: string): Storage {
  const path = (id: string) => join(folder, id.slice(-2), id);
  return {
    name: 'folder',
    async write(id, content) {
      await mkdir(join(folder, id.slice(-2)), { recursive: true });
      await pipeline(content, createWriteStream(`${path(id)}.part`, { flush: true }));
      await rename(`${path(id)}.part`, path(id));
    },
    // An inclusive end cannot name an empty range.
    read: (id, start, end) => (end > start ? createReadStream(path(id), { start, end: end - 1 }) : Readable.from([])),
    remove: async (id) => {
      await rm(path(id), { force: true });
      await rm(`${path(id)}.part`, { force: true });
    },
  };
}

async function* chunksOf(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const part of content) {
    held.push(part);
    size += part.length;
    if (size < CHUNK) continue;
    const all = Buffer.concat(held);
    const whole = size - (size % CHUNK);
    for (let start = 0; start < whole; start += CHUNK) yield all.subarray(start, start + CHUNK);
    held = [all.subarray(whole)];
    size -= whole;
  }
  if (size > 0) yield Buffer.concat(held);
}
