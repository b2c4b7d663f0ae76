import { AsyncLocalStorage } from 'node:async_hooks';
import { randomFillSync } from 'node:crypto';

/** What travels with a request through all hops. */
export interface RequestContext {
  requestId: string;
  traceId: string;
  spanId: string;
  traceFlags: string;
  /** performance.now() at which the caller stops waiting; Infinity when it did not say */
  deadline: number;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();

/** Milliseconds the caller still waits for. Carries the deadline from hop to hop, as grpc-timeout does. */
export const TIMEOUT_HEADER = 'x-timeout-ms';
export const REQUEST_ID_HEADER = 'x-request-id';

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

type Headers = Record<string, string | string[] | undefined>;

/** Continues the caller's trace (W3C Trace Context, level 1), request id and deadline, or begins new ones. */
export function contextFromHeaders(headers: Headers): RequestContext {
  const trace = TRACEPARENT.exec(String(headers.traceparent ?? ''));
  const timeout = Number(headers[TIMEOUT_HEADER]);
  const given = headers[REQUEST_ID_HEADER];
  return {
    requestId: typeof given === 'string' && REQUEST_ID.test(given) ? given : randomId(12, 'base64url'),
    traceId: trace?.[1] ?? randomId(16, 'hex'),
    spanId: randomId(8, 'hex'),
    traceFlags: trace?.[3] ?? '00',
    deadline: timeout > 0 ? performance.now() + timeout : Number.POSITIVE_INFINITY,
  };
}

const random = Buffer.allocUnsafe(4096);
let used = random.length;

/** Asks the kernel for many at once: asking costs more than everything else here. */
function randomId(bytes: number, encoding: 'hex' | 'base64url'): string {
  if (used + bytes > random.length) {
    randomFillSync(random);
    used = 0;
  }
  used += bytes;
  return random.toString(encoding, used - bytes, used);
}

/** Headers that hand the context to the next hop. */
export function contextHeaders(context: RequestContext): Record<string, string> {
  const headers: Record<string, string> = {
    [REQUEST_ID_HEADER]: context.requestId,
    traceparent: `00-${context.traceId}-${context.spanId}-${context.traceFlags}`,
  };
  if (context.deadline !== Number.POSITIVE_INFINITY) {
    headers[TIMEOUT_HEADER] = String(Math.max(1, Math.floor(context.deadline - performance.now())));
  }
  return headers;
}
