import { HealthDocument } from '@taskflow/contracts/gateway';
import { StatusDocument } from '@taskflow/contracts/status';
import type { Server } from '@taskflow/http/server';
import { Value } from 'typebox/value';
import type { Target } from '../proxy/target.ts';

/** Many who ask at once cost the services one request a second each. */
const FRESH_MS = 1000;
const PROBE_MS = 1500;

export function health(app: Server, targets: Target[]): void {
  let asked = { at: Number.NEGATIVE_INFINITY, answer: Promise.resolve({} as HealthDocument) };
  const schema = {
    operationId: 'getHealth',
    summary: 'Whether every service is ready',
    tags: ['gateway'],
    response: { 200: HealthDocument, 503: HealthDocument },
  };
  app.get('/health', { schema }, async (_request, reply) => {
    const now = performance.now();
    if (now - asked.at >= FRESH_MS) asked = { at: now, answer: probeAll(targets) };
    const document = await asked.answer;
    return reply
      .code(document.status === 'ready' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(document);
  });
}

async function probeAll(targets: Target[]): Promise<HealthDocument> {
  const states = await Promise.all(targets.map(async (target) => [target.name, await probe(target)] as const));
  const ready = states.every(([, { status }]) => status === 'ready');
  return { status: ready ? 'ready' : 'unavailable', services: Object.fromEntries(states) };
}

async function probe({ pool }: Target): Promise<HealthDocument['services'][string]> {
  try {
    const { body } = await pool.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(PROBE_MS) });
    const { status, version, failing } = Value.Parse(StatusDocument, await body.json());
    return { status, version, ...(failing ? { failing } : {}) };
  } catch {
    return { status: 'unreachable' };
  }
}
