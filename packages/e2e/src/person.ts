import { randomUUID } from 'node:crypto';
import type { System } from '@taskflow/local/system';
import { EventStream } from './event-stream.ts';

export interface Reply<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

const RETRY_STATUSES = new Set([429, 502, 503, 504]);

/** Somebody who uses TaskFlow through its public API (at the gateway, below which nothing differs) with a browser's session cookie. */
export class Person {
  id = '';
  handle = '';
  readonly email: string;
  readonly #system: Pick<System, 'url' | 'gatewayUrl'>;
  readonly #password: string;
  #cookie = '';

  constructor(system: Pick<System, 'url' | 'gatewayUrl'>, email: string, password: string) {
    this.#system = system;
    this.email = email;
    this.#password = password;
  }

  get credentials(): { email: string; password: string } {
    return { email: this.email, password: this.#password };
  }

  async register(name: string, extra: Record<string, unknown> = {}): Promise<void> {
    this.#remember(await this.call('POST', '/auth/register', { email: this.email, password: this.#password, name, ...extra }), 201);
  }

  async signIn(headers: Record<string, string> = {}): Promise<void> {
    this.#remember(await this.call('POST', '/auth/login', this.credentials, headers), 200);
  }

  async call<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply<T>> {
    const response = await fetch(`${this.#system.gatewayUrl}${path}`, {
      method,
      headers: {
        origin: this.#system.url,
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string);
    if (cookies.length > 0) this.#cookie = cookies.join('; ');
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson && text ? JSON.parse(text) : text) as T };
  }

  /** A call that must succeed. */
  async must<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const reply = await this.call<T>(method, path, body, headers);
    if (reply.status >= 300) throw new Error(`${method} ${path}: HTTP ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  /**
   * A POST as a good client makes it while services come and go: the same Idempotency-Key until an answer is there that
   * settles it. What it returns was acknowledged.
   */
  async insist<T = unknown>(path: string, body: unknown, ms = 60_000): Promise<Reply<T>> {
    const key = randomUUID();
    let last = 'nothing';
    for (const end = performance.now() + ms; ; ) {
      try {
        const reply = await this.call<T>('POST', path, body, { 'idempotency-key': key });
        const running = reply.status === 409 && (reply.body as { code?: string }).code === 'idempotency_in_progress';
        last = `HTTP ${reply.status} ${JSON.stringify(reply.body)}`;
        if (!running && reply.status < 500 && !RETRY_STATUSES.has(reply.status)) return reply;
      } catch (error) {
        last = String(error);
      }
      if (performance.now() > end) throw new Error(`POST ${path} got no settling answer within ${ms} ms; the last one: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 100));
    }
  }

  stream(path: string): EventStream {
    return new EventStream(`${this.#system.gatewayUrl}${path}`, { cookie: this.#cookie });
  }

  #remember(reply: Reply<{ user?: { id: string; handle: string } }>, expected: number): void {
    if (reply.status !== expected || !reply.body.user)
      throw new Error(`${this.email} is not signed in: HTTP ${reply.status} ${JSON.stringify(reply.body)}`);
    this.id = reply.body.user.id;
    this.handle = reply.body.user.handle;
  }
}
