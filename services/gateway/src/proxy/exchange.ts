import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { discardRest } from '@taskflow/http/linger';
import { type Problem, problems } from '@taskflow/http/problem';
import type { Dispatcher } from 'undici';
import { gatewayProblems } from '../problems.ts';
import { endToEnd } from './headers.ts';
import type { EndStream } from './open-streams.ts';
import type { Call, Target } from './target.ts';

export interface ExchangeOptions {
  target: Target;
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  /** name and value in turn */
  headers: string[];
  /** fields of the answer that the gateway sets, in place of the target's */
  answerHeaders: () => Record<string, string>;
  /** fields that the answer gets where the target's has none of that name */
  answerDefaults: Record<string, string>;
  /** which fields of the target's answer do not leave */
  dropFromAnswer: (name: string) => boolean;
  /** milliseconds until the head of the answer must be there */
  timeoutMs: number;
  /** whether passing timeoutMs is the target's fault, and not the client's impatience */
  timeoutCounts: boolean;
  /** milliseconds for which either side may stall inside a body; does not hold for event streams */
  stallMs: number;
  /** called when the head of the answer is on its way; an event stream can be ended from outside */
  onAnswer: (end: EndStream | undefined) => void;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
/** RFC 9110, 6.5.1: what must be known before the body has no place behind it. */
const NO_TRAILERS = new Set(['content-encoding', 'content-length', 'content-range', 'content-type', 'cache-control', 'set-cookie']);
const NO_CONTENT = new Set([204, 304]);
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

class ClientGone extends Error {}

/**
 * One request carried to a target and its answer back, byte by byte, with back pressure both ways. Whoever goes away, the other is
 * told: an aborted client aborts the target's work, a broken answer breaks off towards the client.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #call: Call;
  readonly #hasBody: boolean;
  readonly #result = Promise.withResolvers<void>();
  #phase: 'sending' | 'waiting' | 'answering' | 'streaming' | 'ended' = 'sending';
  #body: Transform | null = null;
  #controller: Dispatcher.DispatchController | undefined;
  #attempts = 0;
  #notModified = false;
  #timer: NodeJS.Timeout | undefined;
  #expired: 'client' | 'target' | undefined;

  /** @throws Problem 503 when the target takes no more requests */
  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#hasBody = hasBody(options.request);
    this.#call = options.target.admit();
  }

  /**
   * Resolves when the answer is through or broken off.
   * @throws Problem 408, 502, 503 or 504 when nothing has been sent to the client yet
   */
  async run(): Promise<void> {
    const { request, response, stallMs } = this.#options;
    // Nobody waits any more: the client has gone, or was told that its time is up, while it was found out who it is.
    if (response.destroyed || response.writableEnded) return this.#call.abandoned();
    response.once('close', this.#onClose);
    this.#watch(stallMs);
    try {
      this.#dispatch();
      await this.#result.promise;
    } finally {
      this.#phase = 'ended';
      this.#watch(undefined);
      this.#call.abandoned();
      response.off('close', this.#onClose);
      this.#body?.destroy();
      discardRest(request);
    }
  }

  #dispatch(): void {
    const { target, request, path, headers } = this.#options;
    this.#attempts++;
    this.#controller = undefined;
    if (this.#hasBody) this.#body = this.#readBody();
    else this.#sent();
    target.pool.dispatch({ path, method: request.method as Dispatcher.HttpMethod, headers, body: this.#body }, this);
  }

  /** undici destroys the body of a request that fails; a stream between keeps the client's connection out of that. */
  #readBody(): Transform {
    const body = new Transform({
      highWaterMark: 64 * 1024,
      transform: (chunk, _encoding, done) => {
        this.#timer?.refresh();
        done(null, chunk);
      },
      flush: (done) => {
        this.#sent();
        done();
      },
    });
    body.on('error', () => {}); // what went wrong comes to onResponseError
    return this.#options.request.pipe(body);
  }

  #sent(): void {
    this.#call.sent();
    if (this.#phase !== 'sending') return;
    this.#phase = 'waiting';
    this.#watch(this.#options.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase === 'ended') controller.abort(new ClientGone());
    else sendContinue(this.#options.response); // the way to the target is open
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    const { response, onAnswer, stallMs } = this.#options;
    const head = textOf(controller.rawHeaders);
    const stream = fieldOf(head, 'content-type').startsWith('text/event-stream');
    const headers = this.#answerHead(head, status, stream);
    this.#call.answered(status);
    this.#notModified = status === 304;
    response.writeHead(status, headers);
    // Without a length the answer may come in pieces over a long time: its head goes out now, not with the first piece.
    if (!fieldOf(headers, 'content-length')) response.flushHeaders();
    this.#phase = stream ? 'streaming' : 'answering';
    this.#watch(stream ? undefined : stallMs);
    response.on('drain', this.#onDrain);
    onAnswer(stream ? (lastOfConnection) => this.#end(lastOfConnection) : undefined);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#timer?.refresh();
    if (this.#options.response.write(chunk)) return;
    controller.pause();
    this.#watch(this.#options.stallMs);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const { response } = this.#options;
    const trailers = endToEnd(textOf(controller.rawTrailers), (name) => NO_TRAILERS.has(name));
    if (trailers.length > 0 && response.chunkedEncoding) response.addTrailers(pairs(trailers));
    this.#finish();
  }

  #finish(): void {
    this.#watch(this.#options.stallMs); // the last bytes may still wait for a slow client
    this.#options.response.once('finish', this.#result.resolve).end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#phase === 'ended') return;
    const { code } = error as NodeJS.ErrnoException;
    // The length that a 304 tells is that of the content it stands for (RFC 9110, 8.6); undici 7 takes it for content that is missing.
    if (this.#notModified && code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') this.#finish();
    else if (this.#phase === 'answering' || this.#phase === 'streaming' || error instanceof ClientGone) {
      this.#options.response.destroy();
      this.#result.resolve();
    } else if (this.#mayRetry(code)) this.#dispatch();
    else this.#result.reject(this.#problem(error, code));
  }

  /** Once, when the target cannot have acted on the request: never sent, or safe and sent to a connection that was just closing. */
  #mayRetry(code = ''): boolean {
    const { request, target } = this.#options;
    if (this.#attempts > 1 || this.#hasBody) return false;
    return (NOT_SENT.has(code) || (BROKEN.has(code) && SAFE.has(request.method!))) && target.mayRetry();
  }

  #problem(cause: Error, code = ''): Problem {
    const { target, timeoutCounts } = this.#options;
    const name = `The service "${target.name}"`;
    if (this.#expired === 'target') {
      if (timeoutCounts) this.#call.timedOut();
      return problems.deadline_exceeded({ detail: `${name} did not answer in time`, cause });
    }
    if (this.#expired === 'client') return problems.request_timeout({ headers: { connection: 'close' }, cause });
    if (code === 'UND_ERR_INVALID_ARG')
      return problems.malformed_request({ detail: 'A header field has a value that is not allowed', cause });
    this.#call.failed();
    if (!NOT_SENT.has(code)) return gatewayProblems.bad_gateway({ detail: `${name} broke off`, cause });
    return gatewayProblems.target_unavailable({ detail: `${name} cannot be reached`, headers: { 'retry-after': '1' }, cause });
  }

  #answerHead(head: string[], status: number, stream: boolean): string[] {
    const { request, response, answerHeaders, answerDefaults, dropFromAnswer } = this.#options;
    const own = answerHeaders();
    const headers = endToEnd(head, (name) => name in own || dropFromAnswer(name));
    for (const [name, value] of Object.entries(own)) headers.push(name, value);
    for (const [name, value] of Object.entries(answerDefaults)) if (!fieldOf(headers, name)) headers.push(name, value);
    // A proxy in front that buffers would hold events back; nginx reads this field and removes it.
    if (stream) headers.push('x-accel-buffering', 'no');
    const trailer = fieldOf(head, 'trailer');
    const chunked = request.httpVersion === '1.1' && request.method !== 'HEAD' && !NO_CONTENT.has(status);
    if (trailer && chunked && !fieldOf(headers, 'content-length')) headers.push('trailer', trailer);
    response.sendDate = !fieldOf(headers, 'date');
    return headers;
  }

  #onDrain = (): void => {
    if (this.#phase === 'streaming') this.#watch(undefined);
    else this.#timer?.refresh();
    this.#controller?.resume();
  };

  #onClose = (): void => {
    const answered = this.#phase === 'answering' && this.#options.response.writableFinished;
    if (!answered) this.#abort(new ClientGone());
  };

  /** Ends an event stream as if the target had: the client may connect again and go on from where it was. */
  #end(lastOfConnection = false): void {
    if (this.#phase !== 'streaming') return;
    this.#phase = 'ended';
    const { response } = this.#options;
    const { socket } = response;
    response.end(() => lastOfConnection && socket?.end());
    this.#controller?.abort(new ClientGone());
    this.#result.resolve();
  }

  /** Without a controller the request still waits for a connection; onRequestStart will find that it has ended. */
  #abort(reason: Error): void {
    this.#controller?.abort(reason);
    this.onResponseError(this.#controller, reason);
  }

  #watch(ms: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer = ms === undefined ? undefined : setTimeout(this.#onExpiry, ms);
  }

  #onExpiry = (): void => {
    const targetIsSlow = this.#phase === 'waiting' || this.#body?.writableNeedDrain;
    this.#expired = targetIsSlow ? 'target' : 'client';
    this.#abort(new Error(`${this.#expired} is too slow`));
  };
}

/** RFC 9112, 6.3: a request has content when it says so. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Answers to requests with `Expect: 100-continue` whose client waits, and whether their connection would stay open. */
const waiting = new WeakMap<ServerResponse, boolean>();

/** Until the client is told to go on, an answer closes the connection: nobody can know whether the body still comes (RFC 9110, 10.1.1). */
export function awaitContinue(response: ServerResponse): void {
  waiting.set(response, response.shouldKeepAlive);
  response.shouldKeepAlive = false;
}

function sendContinue(response: ServerResponse): void {
  const keepAlive = waiting.get(response);
  if (keepAlive === undefined) return;
  waiting.delete(response);
  response.shouldKeepAlive = keepAlive;
  response.writeContinue();
}

/** undici hands raw fields as bytes; like node it takes them as Latin-1. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  return ((raw ?? []) as Buffer[]).map((field) => field.toString('latin1'));
}

function fieldOf(headers: string[], name: string): string {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return headers[i + 1]!;
  return '';
}

function pairs(flat: string[]): Array<[string, string]> {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}
