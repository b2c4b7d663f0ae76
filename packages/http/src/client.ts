import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { CircuitBreaker } from './circuit-breaker.ts';
import { contextHeaders, requestContext } from './context.ts';
import type { Secret } from './secret.ts';
import type { Telemetry } from './telemetry.ts';

export type FailureKind = 'connect' | 'timeout' | 'aborted' | 'reset' | 'bad_response' | 'circuit_open';

/** No usable answer came from a target. (An answer with an error status is no failure: the caller reads its status.) */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly target: string;
  readonly kind: FailureKind;

  constructor(target: string, kind: FailureKind, message: string, cause?: unknown) {
    super(`${target}: ${message}`, { cause });
    this.target = target;
    this.kind = kind;
  }
}

export interface ClientOptions {
  /** name of the target in metrics and errors */
  target: string;
  /** origin, such as http://127.0.0.1:5000 */
  url: string;
  telemetry?: Telemetry;
  /** sent as Bearer credential when the request has none */
  key?: Secret;
  /** milliseconds for one call with all its attempts, when the caller has no nearer deadline; 5000 when not set */
  timeoutMs?: number;
  connections?: number;
  /** bytes of an answer; 10 MiB when not set */
  maxBytes?: number;
}

export interface CallOptions {
  headers?: Record<string, string>;
  body?: unknown;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Answer<T = unknown> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: T;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const MAX_ATTEMPTS = 3;
/** Retries may add a tenth to the requests of a target, plus a reserve of ten: no retry storms. */
const BUDGET = { ratio: 0.1, most: 10 };

/** An HTTP client for one target: JSON in and out, deadlines, retries of safe requests under a budget, circuit breaker. */
export class Client {
  readonly target: string;
  readonly #pool: Pool;
  readonly #options: ClientOptions;
  readonly #breaker: CircuitBreaker;
  #budget = BUDGET.most;

  constructor(options: ClientOptions) {
    this.target = options.target;
    this.#options = options;
    this.#pool = new Pool(options.url, {
      connections: options.connections ?? 16,
      connect: { timeout: 2000 },
      keepAliveTimeout: 30_000,
      maxResponseSize: options.maxBytes ?? 10 * 1024 * 1024,
    });
    this.#breaker = new CircuitBreaker({
      onChange: (state) => options.telemetry?.circuit.set({ target: options.target }, { closed: 0, 'half-open': 1, open: 2 }[state]),
    });
  }

  get<T = unknown>(path: string, options: CallOptions = {}): Promise<Answer<T>> {
    return this.request('GET', path, options);
  }

  post<T = unknown>(path: string, body: unknown, options: CallOptions = {}): Promise<Answer<T>> {
    return this.request('POST', path, { ...options, body });
  }

  /** @throws ClientError when no usable answer came within the deadline */
  async request<T = unknown>(method: string, path: string, options: CallOptions = {}): Promise<Answer<T>> {
    const context = requestContext.getStore();
    const deadline = Math.min(
      performance.now() + (options.timeoutMs ?? this.#options.timeoutMs ?? 5000),
      context?.deadline ?? Number.POSITIVE_INFINITY,
    );
    const headers: Record<string, string> = { accept: 'application/json', ...(context ? contextHeaders(context) : {}), ...options.headers };
    if (this.#options.key && !headers.authorization) headers.authorization = `Bearer ${this.#options.key.keys[0]}`;
    let body: string | null = null;
    if (options.body !== undefined) {
      headers['content-type'] ??= 'application/json';
      body = JSON.stringify(options.body);
    }
    this.#budget = Math.min(BUDGET.most, this.#budget + BUDGET.ratio);
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt<T>(method, path, headers, body, deadline, options.signal);
      const wait = SAFE.has(method) && attempt < MAX_ATTEMPTS ? retryDelay(outcome, attempt) : undefined;
      const hasTime = wait !== undefined && performance.now() + wait < deadline;
      if (!hasTime || this.#budget < 1) {
        if (outcome instanceof ClientError) throw outcome;
        return outcome;
      }
      this.#budget -= 1;
      this.#options.telemetry?.clientRetries.inc({ target: this.target });
      await sleep(wait, undefined, options.signal ? { signal: options.signal } : {});
    }
  }

  async #attempt<T>(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | null,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<Answer<T> | ClientError> {
    const begin = performance.now();
    const remaining = Math.floor(deadline - begin);
    if (remaining <= 0) return new ClientError(this.target, 'timeout', 'the deadline has passed');
    if (!this.#breaker.allows()) return new ClientError(this.target, 'circuit_open', 'circuit is open after repeated failures');
    const expiry = AbortSignal.timeout(remaining);
    let outcome: Answer<T> | ClientError;
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers: { ...headers, 'x-timeout-ms': String(remaining) },
        body,
        signal: signal ? AbortSignal.any([signal, expiry]) : expiry,
      });
      const text = await response.body.text();
      outcome = { status: response.statusCode, headers: response.headers, body: parseBody(this.target, response.headers, text) as T };
    } catch (error) {
      outcome = error instanceof ClientError ? error : this.#classify(error, signal);
    }
    this.#record(method, outcome, begin);
    return outcome;
  }

  #classify(error: unknown, signal: AbortSignal | undefined): ClientError {
    const { code, message, name } = error as NodeJS.ErrnoException;
    if (signal?.aborted) return new ClientError(this.target, 'aborted', 'the caller gave up', error);
    if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      return new ClientError(this.target, 'timeout', 'no answer within the deadline', error);
    }
    if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code ?? '')) {
      return new ClientError(this.target, 'connect', `cannot connect (${code})`, error);
    }
    if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE')
      return new ClientError(this.target, 'reset', 'the connection broke', error);
    return new ClientError(this.target, 'bad_response', message, error);
  }

  #record(method: string, outcome: Answer | ClientError, begin: number): void {
    const failed = outcome instanceof ClientError;
    const label = failed ? outcome.kind : String(outcome.status);
    this.#options.telemetry?.clientRequests.observe({ target: this.target, method, outcome: label }, (performance.now() - begin) / 1000);
    if (failed && outcome.kind === 'aborted') this.#breaker.ignore();
    else if (failed || outcome.status >= 500) this.#breaker.failure();
    else this.#breaker.success();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** Milliseconds to wait before another attempt (full jitter), or undefined when another would not help. */
function retryDelay(outcome: Answer | ClientError, attempt: number): number | undefined {
  if (outcome instanceof ClientError) {
    return ['connect', 'reset'].includes(outcome.kind) ? Math.random() * 50 * 2 ** attempt : undefined;
  }
  if (![502, 503, 504].includes(outcome.status)) return undefined;
  const after = Number(outcome.headers['retry-after']);
  return after > 0 ? after * 1000 : Math.random() * 50 * 2 ** attempt;
}

function parseBody(target: string, headers: Answer['headers'], text: string): unknown {
  if (text === '') return undefined;
  const type = String(headers['content-type'] ?? '');
  if (!/^application\/([\w.+-]+\+)?json\b/.test(type)) {
    throw new ClientError(target, 'bad_response', `expected JSON, got ${type || 'no content type'}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ClientError(target, 'bad_response', 'the body is not valid JSON', error);
  }
}
