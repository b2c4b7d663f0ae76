import { connectAlone, type Sql } from './database.ts';

export interface Listener {
  close(): Promise<void>;
}

/** Milliseconds between looks at a subscription that works, and between attempts to get one back. */
const HEARTBEAT_MS = 5000;
const RETRY_MS = 500;

/**
 * Calls `onNotify` when there may be something new: at each notification of the channel, and without a payload after
 * each (re)subscription, at every heartbeat, and at every attempt while the database is away. A notification is thus a
 * hint that saves waiting; one that is lost (PostgreSQL keeps none for those who are not connected) costs a few seconds.
 *
 * postgres.js has `sql.listen`, but it gives up when its first attempt to subscribe again fails, without a word.
 */
export function listen(sql: Sql, channel: string, onNotify: (payload?: string) => void): Listener {
  let subscribed = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const own = connectAlone(sql, {
    idle_timeout: null,
    max_lifetime: null,
    fetch_types: false,
    onnotify: (_channel: string, payload: string) => onNotify(payload),
    onclose: () => {
      subscribed = false;
      schedule(RETRY_MS);
    },
  });

  function schedule(ms: number): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(beat, ms);
    timer.unref();
  }
  async function beat(): Promise<void> {
    try {
      if (subscribed) await own`select 1`;
      else await own`listen ${own(channel)}`;
      subscribed = true;
    } catch {
      subscribed = false;
    }
    if (closed) return;
    onNotify();
    schedule(subscribed ? HEARTBEAT_MS : RETRY_MS);
  }

  void beat();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await own.end({ timeout: 1 });
    },
  };
}
