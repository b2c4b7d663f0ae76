import { TILE_WIDTH } from '../tile.ts';
import { decodeBundle, formatTilePath, type TilePath } from '../tile-path.ts';
import type { LogSource } from './source.ts';

/** Reads a log as C2SP tlog-tiles lays it out. */
export function httpSource(prefix: string, apiKey: string): LogSource {
  /** @throws Error when the log answers anything but 200 or 404 */
  async function get(path: string): Promise<Buffer | undefined> {
    const url = new URL(path, prefix.endsWith('/') ? prefix : `${prefix}/`);
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(10_000),
      redirect: 'error',
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`${url.href} answered ${answer.status}`);
    return bytes;
  }

  const tile = (path: TilePath) => get(`tile/${formatTilePath(path)}`);
  return {
    tile,

    async checkpoints() {
      const note = (await get('checkpoint'))?.toString('utf8');
      return note === undefined ? [] : [{ size: Number(note.split('\n')[1]), note }];
    },

    async *records(size) {
      for (let first = 0; first < size; first += TILE_WIDTH) {
        const width = Math.min(TILE_WIDTH, size - first);
        const bundle = await tile({ level: 'entries', index: first / TILE_WIDTH, width });
        if (bundle) yield* decodeBundle(bundle).map((entry, at) => ({ index: first + at, entry }));
      }
    },

    tileKeys: async () => undefined,
    count: async () => undefined,
  };
}
