import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeEvent, EventBatch } from '@taskflow/contracts/events';
import { type Client, ClientError } from '@taskflow/http/client';
import type { Telemetry } from '@taskflow/http/telemetry';
import type { Sql } from '@taskflow/postgres/database';
import { formatPosition, ORIGIN, type OutboxRow, type Position, readOutbox } from '@taskflow/postgres/outbox';
import type { FastifyBaseLogger } from 'fastify';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PeopleDirectory } from './people-directory.ts';

interface Receiver {
  name: string;
  client: Client;
  /** fills in who is to be notified; without it a receiver learns nothing about people */
  directory?: PeopleDirectory;
}

export interface RelayOptions {
  sql: Sql;
  log: FastifyBaseLogger;
  metrics: RelayMetrics;
  receiver: Receiver;
  /** unique to this process */
  replica: string;
}

type Payload = Omit<ChangeEvent, 'cursor'>;

const BATCH = { events: 500, bytes: 700_000 };
/** Milliseconds. A leader that was killed is replaced when its lease has run out. */
const LEASE_MS = 4000;
const RENEW_MS = 1000;
const POST_TIMEOUT_MS = 10_000;
const POLL_MS = 1000;
const BACKOFF_MS = { first: 100, most: 30_000 };

/** Gauges and counters of all relays of a process. */
export class RelayMetrics {
  readonly lag: Gauge<'receiver'>;
  readonly leader: Gauge<'receiver'>;
  readonly delivered: Counter<'receiver'>;
  readonly failures: Counter<'receiver' | 'reason'>;

  constructor({ registry }: Telemetry) {
    const registers: Registry[] = [registry];
    this.lag = new Gauge({
      name: 'relay_lag_seconds',
      help: 'Age of the oldest event that a receiver has not taken; reported by the leader',
      labelNames: ['receiver'],
      registers,
    });
    this.leader = new Gauge({ name: 'relay_leader', help: '1 while this process delivers', labelNames: ['receiver'], registers });
    this.delivered = new Counter({
      name: 'relay_delivered_total',
      help: 'Events a receiver has taken',
      labelNames: ['receiver'],
      registers,
    });
    this.failures = new Counter({
      name: 'relay_failures_total',
      help: 'Deliveries that failed and are repeated; one that keeps rising needs a person',
      labelNames: ['receiver', 'reason'],
      registers,
    });
  }
}

/**
 * Delivers the feed to one receiver: at least once, in order, never skipping. Of all replicas one holds the receiver's
 * lease, a few seconds long and by the database's clock; its cursor moves only from the position the batch was read at,
 * so that one who has lost the lease without noticing cannot move it.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #woken = false;
  /** events to send at once; fewer after a receiver found a batch too much */
  #size = BATCH.events;
  #failures = 0;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Something may have been written. */
  wake(): void {
    this.#woken = true;
    this.#wake();
  }

  /** Finishes the delivery under way, and lets another replica go on at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    const { sql, receiver, replica } = this.#options;
    await sql`update relay_cursors set leased_until = now() where receiver = ${receiver.name} and leader = ${replica}`.catch(() => {});
  }

  async #run(): Promise<void> {
    const { metrics, receiver } = this.#options;
    while (!this.#stop.signal.aborted) {
      let pause: number;
      this.#woken = false;
      try {
        const delivered = await this.#step();
        if (delivered) this.#recover();
        pause = delivered ? 0 : POLL_MS;
      } catch (error) {
        metrics.failures.inc({ receiver: receiver.name, reason: reasonOf(error) });
        pause = this.#backOff(error);
      }
      if (pause > 0) await this.#pause(pause, this.#failures === 0);
    }
    metrics.leader.set({ receiver: receiver.name }, 0);
  }

  /** @returns whether there was something to deliver */
  async #step(): Promise<boolean> {
    const { sql, metrics, receiver } = this.#options;
    const labels = { receiver: receiver.name };
    const cursor = await this.#lease();
    metrics.leader.set(labels, cursor ? 1 : 0);
    if (!cursor) {
      metrics.lag.set(labels, 0);
      return false;
    }
    const rows = await readOutbox<{ payload: Payload }>(sql, 'events', ['payload'], cursor, this.#size);
    const oldest = rows[0]?.row.payload.occurredAt;
    metrics.lag.set(labels, oldest ? Math.max(0, (Date.now() - Date.parse(oldest)) / 1000) : 0);
    if (rows.length === 0) return false;

    const renewal = setInterval(() => void this.#lease().catch(() => {}), RENEW_MS);
    try {
      const { batch, last } = await this.#compose(rows);
      await post(receiver.client, batch);
      await this.#advance(cursor, last);
      metrics.delivered.inc(labels, batch.events.length);
    } finally {
      clearInterval(renewal);
    }
    return true;
  }

  /** Takes or renews the lease. @returns where to go on, or undefined while another replica leads */
  async #lease(): Promise<Position | undefined> {
    const { sql, receiver, replica } = this.#options;
    const [row] = await sql<Array<{ xid: string; seq: string }>>`
      update relay_cursors
      set leader = ${replica}, leased_until = clock_timestamp() + ${LEASE_MS} * interval '1 ms'
      where receiver = ${receiver.name} and (leader = ${replica} or leased_until < clock_timestamp())
      returning xid::text as xid, seq::text as seq`;
    return row && { xid: BigInt(row.xid), seq: BigInt(row.seq) };
  }

  async #advance(from: Position, to: Position): Promise<void> {
    const { sql, receiver, replica } = this.#options;
    const { count } = await sql`
      update relay_cursors set xid = ${String(to.xid)}::xid8, seq = ${String(to.seq)}::bigint, moved_at = now()
      where receiver = ${receiver.name} and leader = ${replica}
        and xid = ${String(from.xid)}::xid8 and seq = ${String(from.seq)}::bigint`;
    if (count === 0) throw new DeliveryError('lease_lost', 'another replica took over during a delivery');
  }

  /** As many of the rows as fit a request body. */
  async #compose(rows: Array<OutboxRow<{ payload: Payload }>>): Promise<{ batch: EventBatch; last: Position }> {
    const { directory } = this.#options.receiver;
    const events: ChangeEvent[] = [];
    let last = ORIGIN;
    let bytes = 0;
    for (const { position, row } of rows) {
      const event: ChangeEvent = { ...row.payload, cursor: formatPosition(position) };
      if (!directory) event.notify = [];
      bytes += Buffer.byteLength(JSON.stringify(event));
      if (events.length > 0 && bytes > BATCH.bytes) break;
      events.push(event);
      last = position;
    }
    const people = directory ? await directory.lookUp(events.flatMap(({ notify }) => notify.map(({ userId }) => userId))) : {};
    return { batch: { events, people }, last };
  }

  #recover(): void {
    const { log, receiver } = this.#options;
    if (this.#failures > 0) log.info({ receiver: receiver.name, failures: this.#failures }, 'the relay delivers again');
    this.#failures = 0;
    this.#size = Math.min(BATCH.events, this.#size * 2);
  }

  /** @returns milliseconds to wait: exponential, with equal jitter */
  #backOff(error: unknown): number {
    const { log, receiver } = this.#options;
    // Powers of two, so that an outage of hours is some lines and not thousands.
    if (Number.isInteger(Math.log2(++this.#failures))) {
      log.warn({ err: error, receiver: receiver.name, failures: this.#failures }, 'events cannot be delivered, and will be repeated');
    }
    if (mayBeTooMuch(error)) this.#size = Math.max(1, Math.floor(this.#size / 2));
    const most = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (this.#failures - 1));
    return most / 2 + (Math.random() * most) / 2;
  }

  /** @param wakeable false while backing off: new events are no reason to press a receiver that is in trouble */
  async #pause(ms: number, wakeable: boolean): Promise<void> {
    if (wakeable && this.#woken) return;
    const woken = new AbortController();
    if (wakeable) this.#wake = () => woken.abort();
    await sleep(ms, undefined, { signal: AbortSignal.any([this.#stop.signal, woken.signal]) }).catch(() => {});
    this.#wake = () => {};
  }
}

class DeliveryError extends Error {
  override name = 'DeliveryError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

async function post(client: Client, batch: EventBatch): Promise<void> {
  const { status } = await client.post('/internal/events', batch, { timeoutMs: POST_TIMEOUT_MS });
  if (status !== 204) throw new DeliveryError(`status_${status}`, `${client.target} answered ${status}, expected 204`);
}

const reasonOf = (error: unknown): string =>
  error instanceof ClientError ? error.kind : error instanceof DeliveryError ? error.reason : 'database';

/** Whether a smaller batch may go through, or show which event it is that the receiver cannot take. */
const mayBeTooMuch = (error: unknown): boolean =>
  error instanceof DeliveryError || (error instanceof ClientError && error.kind === 'timeout');
