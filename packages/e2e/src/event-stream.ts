import { createParser } from 'eventsource-parser';

export interface ReceivedEvent {
  id: string;
  type: string;
  data: unknown;
  /** performance.now() of its arrival */
  at: number;
}

export interface Attempt {
  /** performance.now() of its beginning */
  at: number;
  /** milliseconds to the answer */
  ms: number;
  /** why the stream was not open then */
  failure?: string;
}

/** An SSE client as a browser has it: reconnects by itself and resumes after the last id that it saw. */
export class EventStream {
  readonly events: ReceivedEvent[] = [];
  /** to open the stream, first and again */
  readonly attempts: Attempt[] = [];
  connections = 0;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #lastId = '';
  #retryMs = 200;
  #waiters: Array<() => void> = [];

  constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#headers = headers;
    this.#done = this.#follow();
  }

  /** The first event, seen or to come, for which the condition holds. */
  async find(condition: (event: ReceivedEvent) => boolean, ms = 10_000): Promise<ReceivedEvent> {
    const end = performance.now() + ms;
    for (;;) {
      const found = this.events.find(condition);
      if (found) return found;
      const remaining = end - performance.now();
      if (remaining <= 0)
        throw new Error(`the expected event did not come within ${ms} ms; last ones: ${JSON.stringify(this.events.slice(-3))}`);
      await Promise.race([this.#next(), new Promise((resolve) => setTimeout(resolve, remaining))]);
    }
  }

  async connected(ms = 10_000): Promise<void> {
    const end = performance.now() + ms;
    while (this.connections === 0) {
      if (performance.now() > end) throw new Error(`${this.#url} was not open within ${ms} ms`);
      await Promise.race([this.#next(), new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  async #follow(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await this.#connectOnce().catch(() => {});
      if (!this.#abort.signal.aborted) await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
    }
  }

  async #connectOnce(): Promise<void> {
    const headers = { accept: 'text/event-stream', ...this.#headers, ...(this.#lastId ? { 'last-event-id': this.#lastId } : {}) };
    const body = await this.#open(headers);
    this.connections++;
    this.#wake();
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id) this.#lastId = id;
        this.events.push({ id: id ?? '', type: event ?? 'message', data: JSON.parse(data), at: performance.now() });
        this.#wake();
      },
      onRetry: (ms) => {
        this.#retryMs = Math.min(ms, 500);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
  }

  async #open(headers: Record<string, string>): Promise<ReadableStream<Uint8Array>> {
    const at = performance.now();
    try {
      const response = await fetch(this.#url, { headers, signal: this.#abort.signal });
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status} ${await response.text()}`);
      this.attempts.push({ at, ms: performance.now() - at });
      return response.body;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.attempts.push({ at, ms: performance.now() - at, failure: reasonOf(error) });
      throw error;
    }
  }
}

/** Node's fetch says what happened in the cause only. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause ? `${message}: ${cause.code ?? ''} ${cause.message}` : message;
}
