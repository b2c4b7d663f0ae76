import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { HASH_SIZE } from '../merkle.ts';
import { responses, serviceKey } from '../responses.ts';
import { TILE_WIDTH } from '../tile.ts';
import { encodeBundle, parseTilePath } from '../tile-path.ts';

const schema = {
  operationId: 'getTile',
  summary: 'Hashes (tile/<L>/<N>[.p/<W>]) or records (tile/entries/<N>[.p/<W>]) as C2SP tlog-tiles lays them out',
  tags: ['tiles'],
  security: serviceKey,
  params: Type.Object({ '*': Type.String() }),
  response: responses({ 200: { description: 'the tile', content: { 'application/octet-stream': { schema: Type.Unknown() } } } }, 404),
};

export function getTile(app: Server, { sql }: Context): void {
  app.get('/tile/*', { schema }, async ({ params }, reply) => {
    const path = parseTilePath(params['*']);
    const bytes =
      path && (await (path.level === 'entries' ? readEntries(path.index, path.width) : readTile(path.level, path.index, path.width)));
    if (!bytes) throw problems.not_found();
    return reply.header('cache-control', 'private, max-age=31536000, immutable').type('application/octet-stream').send(bytes);
  });

  async function readTile(level: number, index: number, width: number): Promise<Buffer | undefined> {
    const [tile] = await sql<Array<{ hashes: Buffer }>>`
      select substring(hashes for ${width * HASH_SIZE}) as hashes from tiles where level = ${level} and tile_index = ${index}`;
    return tile?.hashes.length === width * HASH_SIZE ? tile.hashes : undefined;
  }

  async function readEntries(index: number, width: number): Promise<Buffer | undefined> {
    const begin = index * TILE_WIDTH;
    const rows = await sql<Array<{ entry: string }>>`
      select entry from records where leaf_index >= ${begin} and leaf_index < ${begin + width} order by leaf_index`;
    return rows.length === width ? encodeBundle(rows.map(({ entry }) => entry)) : undefined;
  }
}
