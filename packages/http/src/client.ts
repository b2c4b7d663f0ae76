import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, Pool } from 'undici';
import { CircuitBreaker } from './circuit-breaker.ts';
import { ClientError } from './client-error.ts';
import { contextHeaders, requestContext } from './context.ts';
import type { Secret } from './secret.ts';
import type { Telemetry } from './telemetry.ts';

export { ClientError, type FailureKind } from './client-error.ts';

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
  /** the request changes nothing, or the same as once when it comes twice: it may be repeated as a GET is */
  repeatable?: boolean;
}

export interface Answer<T = unknown> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: T;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const MAX_ATTEMPTS = 3;
/**
 * Milliseconds after which an idle connection is closed from this side, whatever longer time the target offers: one that is about
 * to end says so on its answers for DRAIN_SECONDS (8 in a cluster), and a connection that sees none of them must be gone by then.
 */
const IDLE_MS = 5000;
/** Retries may add a tenth to the requests of a target, plus a reserve of ten: no retry storms. */
const BUDGET = { ratio: 0.1, most: 10 };
/** Milliseconds a target must have had before no answer in time is held against it. */
const FAIR_MS = 250;

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
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
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
      const wait = (options.repeatable ?? SAFE.has(method)) && attempt < MAX_ATTEMPTS ? retryDelay(outcome, attempt) : undefined;
      const hasTime = wait !== undefined && performance.now() + wait < deadline;
      if (!hasTime || this.#budget < 1) {
        if (outcome instanceof ClientError) throw outcome;
        return outcome;
      }
      this.#budget -= 1;
      this.#options.telemetry?.clientRetries.inc({ target: this.target });
      await sleep(wait, undefined, options.signal ? { signal: options.signal } : {}).catch((error) => {
        throw new ClientError(this.target, 'aborted', 'the caller gave up', error);
      });
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
    if (!this.#breaker.allows()) {
      const refusal = new ClientError(this.target, 'circuit_open', 'circuit is open after repeated failures');
      this.#observe(method, refusal, begin);
      return refusal;
    }
    const cancel = new AbortController();
    const giveUp = () => cancel.abort();
    const timer = setTimeout(giveUp, remaining);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted) giveUp();
    let outcome: Answer<T> | ClientError;
    try {
      const response = await this.#pool.request({
        method,
        path,
        headers: { ...headers, 'x-timeout-ms': String(remaining) },
        body,
        signal: cancel.signal,
      });
      const text = await response.body.text();
      outcome = { status: response.statusCode, headers: response.headers, body: parseBody(this.target, response, text) as T };
    } catch (error) {
      outcome = error instanceof ClientError ? error : this.#classify(error, cancel.signal.aborted, signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
    this.#observe(method, outcome, begin);
    this.#judge(outcome, remaining);
    return outcome;
  }

  #classify(error: unknown, cancelled: boolean, signal: AbortSignal | undefined): ClientError {
    const { code, message } = error as NodeJS.ErrnoException;
    if (signal?.aborted) return new ClientError(this.target, 'aborted', 'the caller gave up', error);
    if (cancelled) return new ClientError(this.target, 'timeout', 'no answer within the deadline', error);
    if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code ?? '')) {
      return new ClientError(this.target, 'connect', `cannot connect (${code})`, error);
    }
    if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET' || code === 'EPIPE') {
      return new ClientError(this.target, 'reset', 'the connection broke', error);
    }
    return new ClientError(this.target, 'bad_response', message, error);
  }

  #observe(method: string, outcome: Answer | ClientError, begin: number): void {
    const label = outcome instanceof ClientError ? outcome.kind : String(outcome.status);
    this.#options.telemetry?.clientRequests.observe({ target: this.target, method, outcome: label }, (performance.now() - begin) / 1000);
  }

  /** What the outcome says about the target. */
  #judge(outcome: Answer | ClientError, hadMs: number): void {
    const failed = outcome instanceof ClientError;
    if (failed && (outcome.kind === 'aborted' || (outcome.kind === 'timeout' && hadMs < FAIR_MS))) this.#breaker.ignore();
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
  return retryAfter(outcome.headers['retry-after']) + Math.random() * 50 * 2 ** attempt;
}

/** Milliseconds that Retry-After asks for, in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfter(header: string | string[] | undefined): number {
  const text = String(header ?? '');
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  // biome-ignore lint/complexity/useMathMinMax: what is no date gives NaN, which becomes 0 here
  return ms > 0 ? ms : 0;
}

function parseBody(
  target: string,
  { statusCode, headers }: Pick<Dispatcher.ResponseData, 'statusCode' | 'headers'>,
  text: string,
): unknown {
  if (text === '') return undefined;
  const type = String(headers['content-type'] ?? '');
  if (!/^application\/([\w.+-]+\+)?json\b/.test(type)) {
    if (statusCode >= 400) return undefined; // what stands in between may answer with a page; the status says enough
    throw new ClientError(target, 'bad_response', `expected JSON, got ${type || 'no content type'}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ClientError(target, 'bad_response', 'the body is not valid JSON', error);
  }
}
