import type { ViewingEvent } from '@taskflow/contracts/feed';
import type { Sql } from '@taskflow/postgres/database';
import { type Listener, listen } from '@taskflow/postgres/listen';

/** Somebody opened a task, still has it open, or closed it. */
export interface Viewing {
  taskId: string;
  projectId: string;
  workspaceId: string;
  userId: string;
  client: string;
  viewing: boolean;
}

const CHANNEL = 'task_viewing';
/** Milliseconds after which a client that is not heard of is gone; clients say it every 20 seconds. */
const FORGOTTEN_MS = 45_000;
const SWEEP_MS = 5000;
/** Clients of one person; the one heard of longest ago makes room. */
const MOST_PER_PERSON = 20;

interface Client extends Viewing {
  until: number;
}

/**
 * Who has which task open. Each process hears of it by NOTIFY and keeps it in memory: it is worth nothing a minute later, so no
 * table has it, and a process that starts knows it once the clients have said it again.
 */
export class Viewers {
  readonly #clients = new Map<string, Client>();
  readonly #tell: (event: ViewingEvent, workspaceId: string) => void;
  #listener: Listener | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  /** @param tell called with the people of a task whenever they are others than before */
  constructor(tell: (event: ViewingEvent, workspaceId: string) => void) {
    this.#tell = tell;
  }

  open(sql: Sql): void {
    this.#listener = listen(sql, CHANNEL, (payload) => {
      if (payload !== undefined) this.hear(JSON.parse(payload) as Viewing);
    });
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await this.#listener?.close();
  }

  /** Everyone who has the task open, in the order of their ids. */
  of(taskId: string): string[] {
    const people = [...this.#clients.values()].filter((client) => client.taskId === taskId).map(({ userId }) => userId);
    return [...new Set(people)].sort();
  }

  hear(viewing: Viewing, now = Date.now()): void {
    const key = `${viewing.userId} ${viewing.client}`;
    const known = this.#clients.get(key);
    if (known && known.taskId !== viewing.taskId) this.#change(known, () => this.#clients.delete(key));
    this.#change(viewing, () => {
      this.#clients.delete(key); // so that the map stays in the order in which clients were heard of
      if (viewing.viewing) this.#clients.set(key, { ...viewing, until: now + FORGOTTEN_MS });
    });
    const own = [...this.#clients].filter(([, { userId }]) => userId === viewing.userId);
    for (const [oldest, client] of own.slice(0, -MOST_PER_PERSON)) this.#change(client, () => this.#clients.delete(oldest));
  }

  /** Forgets those not heard of for long. */
  sweep(now = Date.now()): void {
    for (const [key, client] of this.#clients) if (client.until < now) this.#change(client, () => this.#clients.delete(key));
  }

  #change({ taskId, projectId, workspaceId }: Viewing, change: () => void): void {
    const before = this.of(taskId).join();
    change();
    const userIds = this.of(taskId);
    if (userIds.join() !== before) this.#tell({ taskId, projectId, userIds }, workspaceId);
  }
}

/** Tells every process. This one hears it with the others too, so that all hear the same in the same order. */
export const announce = (sql: Sql, viewing: Viewing) => sql`select pg_notify(${CHANNEL}, ${JSON.stringify(viewing)})`;
