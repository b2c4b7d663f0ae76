import { connect } from 'node:net';
import type { HealthState } from '@taskflow/contracts/reports';
import { StatusDocument } from '@taskflow/contracts/status';
import { Value } from 'typebox/value';
import { Agent, request } from 'undici';
import type { Target } from './targets.ts';

export interface ProbeResult {
  state: HealthState;
  latencyMs: number;
  /** may receive requests now, however slow it is */
  ready: boolean;
  /** why it is not up */
  error?: string;
}

export interface ProbeLimits {
  timeoutMs: number;
  /** an answer that takes longer makes the target degraded */
  degradedAboveMs: number;
}

/** A status document is small; who sends more is something else. */
const MOST_BYTES = 64 * 1024;
const MOST_ERROR_LENGTH = 300;

/** A new connection for each probe: one that is kept open would hide that no new one can be made. */
const agent = new Agent({ pipelining: 0, maxResponseSize: MOST_BYTES });

/** Asks a target once. Never rejects: what goes wrong is the result. */
export async function probe({ url }: Target, { timeoutMs, degradedAboveMs }: ProbeLimits): Promise<ProbeResult> {
  const begin = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  let outcome: { ready: boolean; answered: boolean; error?: string };
  try {
    outcome = url.protocol === 'tcp:' ? await connects(url, signal) : await answers(url, signal);
  } catch (error) {
    outcome = { ready: false, answered: false, error: describe(error, timeoutMs) };
  }
  const latencyMs = Math.round((performance.now() - begin) * 10) / 10;
  if (outcome.ready && latencyMs > degradedAboveMs) {
    return { state: 'degraded', latencyMs, ready: true, error: `slow: more than ${degradedAboveMs} ms` };
  }
  const state = outcome.ready ? 'up' : outcome.answered ? 'degraded' : 'down';
  const error = outcome.error === undefined ? {} : { error: outcome.error.slice(0, MOST_ERROR_LENGTH) };
  return { state, latencyMs, ready: outcome.ready, ...error };
}

/** A service that says itself that it is not ready is degraded; whatever gives no status document is down. */
async function answers(url: URL, signal: AbortSignal) {
  const { statusCode, body } = await request(url, { dispatcher: agent, signal, headers: { accept: 'application/json' } });
  const document = parseStatus(await body.text());
  if (!document) return { ready: false, answered: false, error: `answered ${statusCode} without a status document` };
  if (statusCode === 200 && document.status === 'ready') return { ready: true, answered: true };
  const failing = document.failing?.length ? `: ${document.failing.join(', ')}` : '';
  return { ready: false, answered: true, error: `says it is ${document.status}${failing}` };
}

function parseStatus(text: string): StatusDocument | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(StatusDocument, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function connects(url: URL, signal: AbortSignal): Promise<{ ready: boolean; answered: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port), signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve({ ready: true, answered: true });
    });
  });
}

function describe(error: unknown, timeoutMs: number): string {
  const { code, name, message, cause } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError' || (cause as Error | undefined)?.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ENOTFOUND: 'host name not found',
    EAI_AGAIN: 'host name not found at the moment',
    ECONNRESET: 'connection reset',
    UND_ERR_SOCKET: 'connection closed before the answer was complete',
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'connection closed before the answer was complete',
    UND_ERR_CONNECT_TIMEOUT: `no connection within ${timeoutMs} ms`,
    UND_ERR_RES_EXCEEDED_MAX_SIZE: `answered with more than ${MOST_BYTES} bytes`,
  };
  return reasons[code ?? ''] ?? (message || code || 'failed');
}
