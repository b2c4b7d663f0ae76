import { randomUUID } from 'node:crypto';
import type { Client } from '@taskflow/http/client';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import { Gauge } from 'prom-client';
import { ProjectAccess } from './access.ts';
import { PeopleDirectory } from './people-directory.ts';
import { pruneEvents } from './prune.ts';
import { FeedReader } from './reader.ts';
import { Relay, RelayMetrics } from './relay.ts';
import type { StreamClient } from './stream-client.ts';
import { Viewers } from './viewers.ts';

export interface FeedOptions {
  sql: Sql;
  server: Server;
  auth: Client;
  notifications: Client;
  metrics: Client;
  /** events older than so many days are deleted once delivered; 0 keeps them for ever */
  retentionDays: number;
}

const HEARTBEAT_MS = 15_000;
const PRUNE_MS = 3_600_000;

/** The change feed of one process: one reader, a relay per receiver, and the streams of its listeners. */
export class Feed {
  readonly access: ProjectAccess;
  readonly reader: FeedReader;
  readonly streams = new Set<StreamClient>();
  readonly viewers = new Viewers((event, workspaceId) => {
    for (const stream of this.streams) stream.tellViewers(event, workspaceId);
  });
  readonly #relays: Relay[];
  readonly #options: FeedOptions;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: FeedOptions) {
    const { sql, server, auth, notifications, metrics } = options;
    const { log } = server;
    this.#options = options;
    this.access = new ProjectAccess(sql);
    this.reader = new FeedReader({ sql, log, access: this.access });
    const common = { sql, log, metrics: new RelayMetrics(server.telemetry), replica: randomUUID() };
    this.#relays = [
      new Relay({ ...common, receiver: { name: 'notifications', client: notifications, directory: new PeopleDirectory(auth) } }),
      new Relay({ ...common, receiver: { name: 'metrics', client: metrics } }),
    ];
    const streams = this.streams;
    new Gauge({
      name: 'feed_streams',
      help: 'Open event streams',
      registers: [server.telemetry.registry],
      collect() {
        this.set(streams.size);
      },
    });
  }

  /** @throws when the database is away; to be repeated */
  async start(): Promise<void> {
    await this.reader.start();
    this.reader.subscribe(() => {
      for (const relay of this.#relays) relay.wake();
    });
    for (const relay of this.#relays) relay.start();
    this.viewers.open(this.#options.sql);
    this.#timers = [setInterval(() => this.#heartbeat(), HEARTBEAT_MS)];
    if (this.#options.retentionDays > 0) this.#timers.push(setInterval(() => void this.#prune(), PRUNE_MS));
    for (const timer of this.#timers) timer.unref();
  }

  /** Sends the listeners away, to come back to another replica, and lets it take over the relays. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const stream of this.streams) stream.end();
    await Promise.all([this.reader.stop(), this.viewers.close(), ...this.#relays.map((relay) => relay.stop())]);
  }

  #heartbeat(): void {
    for (const stream of this.streams) stream.heartbeat();
  }

  async #prune(): Promise<void> {
    const { sql, server, retentionDays } = this.#options;
    try {
      let deleted: number;
      do deleted = await pruneEvents(sql, retentionDays);
      while (deleted > 0);
    } catch (error) {
      server.log.warn({ err: error }, 'old events could not be deleted; tried again in an hour');
    }
  }
}
