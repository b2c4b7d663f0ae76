import type { ChangeEvent } from '@taskflow/contracts/events';
import type { Sql } from '@taskflow/postgres/database';
import { formatPosition, ORIGIN, outboxEnd, type Position, readHistory, readOutbox } from '@taskflow/postgres/outbox';
import type { FastifyBaseLogger } from 'fastify';
import type { Project, ProjectAccess } from './access.ts';
import { isAfter } from './position.ts';

/** A committed event, serialised once for all who hear it. */
export interface FeedEvent {
  position: Position;
  event: ChangeEvent;
  /** as it goes out in an event stream, but for its id */
  frame: Buffer;
  /** with an event about a project: what of it was known before, for those who may no longer see it */
  before?: Project | undefined;
}

export type Subscriber = (batch: FeedEvent[]) => void;

const CHANNEL = 'task_events';
const BATCH = 500;
/** Milliseconds; notifications wake the reader, this is for one that got lost. */
const POLL_MS = 1000;
/** While committed rows wait for an older transaction to end: the first pause, doubled up to the longest. */
const HELD_UP_MS = { first: 2, most: 50 };
/** Events kept in memory, so that clients which come back after a short break cost no query. */
const RECENT = 2000;

/**
 * Reads the feed once for all listeners of this process: woken by NOTIFY at each commit, in commit-safe order (see
 * outbox.ts), handed out in memory. A subscriber never waits and never fails: it buffers for itself.
 */
export class FeedReader {
  readonly #sql: Sql;
  readonly #log: FastifyBaseLogger;
  readonly #access: ProjectAccess;
  readonly #subscribers = new Set<Subscriber>();
  #position: Position = ORIGIN;
  #history = '';
  #historyKnown = false;
  /** #recent holds everything after #floor up to #position. */
  #recent: FeedEvent[] = [];
  #floor: Position = ORIGIN;
  #wake: () => void = () => {};
  #woken = false;
  #stopped = false;
  #failing = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: { sql: Sql; log: FastifyBaseLogger; access: ProjectAccess }) {
    this.#sql = options.sql;
    this.#log = options.log;
    this.#access = options.access;
  }

  /** The last event that was handed out. */
  get position(): Position {
    return this.#position;
  }

  /** The history that positions belong to. */
  get history(): string {
    return this.#history;
  }

  /** Begins at the feed's present end; to be repeated when the database is away. */
  async start(): Promise<void> {
    await this.#sql.listen(
      CHANNEL,
      () => this.wake(),
      () => {
        // Listening again after a break: something may have been missed, and another server may have taken over.
        this.#historyKnown = false;
        this.wake();
      },
    );
    await this.#learnHistory();
    this.#position = await outboxEnd(this.#sql, 'events');
    this.#floor = this.#position;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#done;
  }

  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** @returns the function that ends the subscription */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Everything handed out after a position, when memory still has it. */
  recentAfter(position: Position): FeedEvent[] | undefined {
    if (isAfter(this.#floor, position)) return undefined;
    return this.#recent.filter((entry) => isAfter(entry.position, position));
  }

  async #run(): Promise<void> {
    let pause = POLL_MS;
    while (!this.#stopped) {
      await this.#sleep(pause);
      if (this.#stopped) return;
      try {
        await this.#drain();
        pause = (await this.#heldUp()) ? Math.min(pause === POLL_MS ? HELD_UP_MS.first : pause * 2, HELD_UP_MS.most) : POLL_MS;
        if (this.#failing) this.#log.info('the change feed is read again');
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#log.warn({ err: error }, 'the change feed cannot be read');
        this.#failing = true;
        pause = POLL_MS;
      }
    }
  }

  async #drain(): Promise<void> {
    await this.#learnHistory();
    for (;;) {
      const batch = await readFeed(this.#sql, this.#position, BATCH);
      const before = await this.#access.refresh(batch.flatMap(({ event }) => event.project ?? []));
      for (const entry of batch) if (entry.event.project) entry.before = before.get(entry.event.project.id);
      this.#handOut(batch);
      if (batch.length < BATCH) return;
    }
  }

  async #learnHistory(): Promise<void> {
    if (this.#historyKnown) return;
    this.#historyKnown = true;
    try {
      this.#history = await readHistory(this.#sql);
    } catch (error) {
      this.#historyKnown = false;
      throw error;
    }
  }

  /** Synchronous, so that whoever compares with `position` sees either none or all of a batch. */
  #handOut(batch: FeedEvent[]): void {
    const last = batch.at(-1);
    if (!last) return;
    this.#position = last.position;
    this.#recent.push(...batch);
    const dropped = this.#recent.splice(0, Math.max(0, this.#recent.length - RECENT));
    this.#floor = dropped.at(-1)?.position ?? this.#floor;
    for (const subscriber of this.#subscribers) subscriber(batch);
  }

  /** Whether rows are committed that may not be read yet, because an older transaction still runs. */
  async #heldUp(): Promise<boolean> {
    const { xid, seq } = this.#position;
    const [row] = await this.#sql<Array<{ held: boolean }>>`
      select exists(select 1 from events where (xid, seq) > (${String(xid)}::xid8, ${String(seq)}::bigint)) as held`;
    return row?.held ?? false;
  }

  async #sleep(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#woken = false;
  }
}

/** The next committed events after a position, in order. */
export async function readFeed(sql: Sql, after: Position, limit: number): Promise<FeedEvent[]> {
  const rows = await readOutbox<{ payload: Omit<ChangeEvent, 'cursor'> }>(sql, 'events', ['payload'], after, limit);
  return rows.map(({ position, row }) => toFeedEvent(position, row.payload));
}

function toFeedEvent(position: Position, payload: Omit<ChangeEvent, 'cursor'>): FeedEvent {
  const event: ChangeEvent = { ...payload, cursor: formatPosition(position) };
  // Who is notified, and why, is between the relay and its receivers.
  const { notify: _, ...shown } = event;
  return { position, event, frame: Buffer.from(`data: ${JSON.stringify(shown)}\n\n`) };
}
