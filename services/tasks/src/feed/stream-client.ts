import type { ServerResponse } from 'node:http';
import type { ViewingEvent } from '@taskflow/contracts/feed';
import type { Identity } from '@taskflow/http/identity';
import type { Sql } from '@taskflow/postgres/database';
import { type Bookmark, formatBookmark, type Position } from '@taskflow/postgres/outbox';
import { type ProjectAccess, sees } from './access.ts';
import { isAfter } from './position.ts';
import { canResume } from './prune.ts';
import { type FeedEvent, type FeedReader, readFeed } from './reader.ts';

export interface StreamOptions {
  sql: Sql;
  reader: FeedReader;
  access: ProjectAccess;
  response: ServerResponse;
  identity: Identity;
  /** only events of this project */
  projectId?: string | undefined;
}

/** Bytes that may wait for a client that reads slowly; one that is further behind resumes later from the table. */
const MAX_BUFFERED = 256 * 1024;
/** Milliseconds a client that does not read has to take the rest before it is cut off. */
const LINGER_MS = 5000;
const PAGE = 500;

/** One listener of the change feed: an event stream (WHATWG HTML, server-sent events) of what its person may see. */
export class StreamClient {
  readonly #options: StreamOptions;
  /** where this client is; every event after it is still to come */
  #position: Position;
  #unsubscribe: () => void = () => {};
  #live = false;
  #expiry: NodeJS.Timeout | undefined;
  ended = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#position = options.reader.position;
    options.response.on('close', () => this.#close());
    // What the token says about the person's workspaces is believed no longer than the token itself.
    this.#expiry = setTimeout(() => this.end(), options.identity.expiresAt - Date.now()).unref();
  }

  get userId(): string {
    return this.#options.identity.userId;
  }

  /** Sends what came after a position, then what comes. Without one, only what comes. */
  async begin(after: Bookmark | undefined): Promise<void> {
    this.#write(`retry: ${reconnectDelay()}\n`);
    if (after && after.history !== this.#options.reader.history) this.#reset();
    else if (after) await this.#catchUp(after);
    else this.#goLive(this.#options.reader.position);
    this.heartbeat();
  }

  /** A comment keeps proxies from closing an idle connection; the id lets the client resume from here. */
  heartbeat(): void {
    if (this.#live) this.#write(`:\n${this.#id()}\n`);
  }

  /** Passing news: nobody resumes for it, so it has no id, and who is far behind does without. */
  tellViewers(event: ViewingEvent, workspaceId: string): void {
    const { access, identity, projectId } = this.#options;
    if (!this.#live || (projectId && event.projectId !== projectId)) return;
    if (!sees(identity, workspaceId, access.get(event.projectId))) return;
    this.#write(`event: viewing\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** Ends the stream in order; the client comes back after the delay and resumes by itself. */
  end(): void {
    if (this.ended) return;
    this.#close();
    const { response } = this.#options;
    response.end(`retry: ${reconnectDelay()}\n\n`);
    setTimeout(() => response.destroy(), LINGER_MS).unref();
  }

  #close(): void {
    this.ended = true;
    this.#live = false;
    clearTimeout(this.#expiry);
    this.#unsubscribe();
  }

  /**
   * From the table, or from memory where that reaches back far enough, until the reader has nothing newer. That last look
   * and the subscription happen in the same turn of the event loop, so nothing falls between them and nothing comes twice.
   */
  async #catchUp(after: Position): Promise<void> {
    const { reader, sql } = this.#options;
    this.#position = after;
    while (!this.ended) {
      const ahead = isAfter(this.#position, reader.position);
      const recent = ahead ? undefined : reader.recentAfter(this.#position);
      if (recent && recent.length <= PAGE) {
        this.#deliver(recent);
        return this.#goLive(this.#position);
      }
      const page = recent?.slice(0, PAGE) ?? (await readFeed(sql, this.#position, PAGE));
      // Asked after the read: what had been pruned by then would be missing from the page.
      if (!recent && !(await canResume(sql, this.#position))) {
        this.#reset();
        return;
      }
      this.#deliver(page);
      if (ahead) return this.#goLive(this.#position);
      await this.#drained();
    }
  }

  /** This client cannot go on from where it was: it loads everything anew, and hears of what comes. */
  #reset(): void {
    this.#write('event: reset\ndata: {}\n\n');
    this.#goLive(this.#options.reader.position);
  }

  #goLive(position: Position): void {
    if (this.ended) return;
    this.#position = position;
    this.#live = true;
    this.#unsubscribe = this.#options.reader.subscribe((batch) => {
      this.#deliver(batch);
      if (this.#options.response.writableLength > MAX_BUFFERED) this.end();
    });
  }

  #deliver(batch: FeedEvent[]): void {
    const { response } = this.#options;
    response.cork();
    for (const entry of batch) {
      // Another replica, which this client listened to before, may have been ahead of this one.
      if (!isAfter(entry.position, this.#position)) continue;
      this.#position = entry.position;
      this.#send(entry);
    }
    response.uncork();
  }

  #send({ event, position, frame, before }: FeedEvent): void {
    const { access, identity, projectId } = this.#options;
    if (projectId && event.projectId !== projectId) return;
    const project = event.projectId === null ? null : access.get(event.projectId);
    if (sees(identity, event.workspaceId, project)) {
      this.#write(this.#id(position));
      this.#write(frame);
    } else if (before && sees(identity, event.workspaceId, before)) {
      this.#write(`${this.#id(position)}event: hidden\ndata: ${JSON.stringify({ projectId: event.projectId })}\n\n`);
    }
  }

  #id(position = this.#position): string {
    return `id: ${formatBookmark({ ...position, history: this.#options.reader.history })}\n`;
  }

  #write(frame: Buffer | string): void {
    if (!this.ended) this.#options.response.write(frame);
  }

  async #drained(): Promise<void> {
    const { response } = this.#options;
    if (!response.writableNeedDrain) return;
    await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve));
  }
}

/** Milliseconds; spread out, so that the listeners of a replica that ends do not all come back at once. */
const reconnectDelay = (): number => 500 + Math.floor(Math.random() * 2000);
