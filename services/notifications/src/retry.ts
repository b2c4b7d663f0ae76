import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_SECONDS = 4 * 3600;

/**
 * Seconds until the next try: threefold each time up to four hours, less up to half of it at random, so that what failed
 * together does not come back together. With 5 s at first that makes some fifteen tries in a day.
 * @param asked seconds that the receiver asked for (Retry-After), heeded within the same bounds
 */
export function retryDelay(tries: number, firstSeconds: number, asked = 0): number {
  const longest = Math.min(LONGEST_SECONDS, firstSeconds * 3 ** (tries - 1));
  return Math.max(Math.min(asked, LONGEST_SECONDS), longest * (0.5 + Math.random() / 2));
}

/**
 * Writes down an outcome that has happened and cannot be taken back, again and again while the database is away.
 * @param ms how long the claim on the job still lasts: after that another may deliver it, and there is no use
 */
export async function persist(write: () => Promise<unknown>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let wait = 20; ; wait = Math.min(wait * 2, 1000)) {
    try {
      await write();
      return;
    } catch (error) {
      if (performance.now() + wait > end) throw error;
      await sleep(wait);
    }
  }
}
