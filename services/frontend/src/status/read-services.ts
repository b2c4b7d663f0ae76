import type { StatusDocument } from '@taskflow/contracts/status';
import { formatList, formatNumber, t } from '../i18n/translate.ts';

const TIMEOUT_MS = 4000;

const SERVICES = [
  { id: 'gateway', path: '/api/health' },
  { id: 'auth', path: '/api/auth' },
  { id: 'tasks', path: '/api/tasks' },
  { id: 'notifications', path: '/api/notifications' },
  { id: 'metrics', path: '/api/metrics' },
] as const;

export type Level = 'healthy' | 'degraded' | 'down';

export const readServices = () => Promise.all(SERVICES.map(async ({ id, path }) => ({ id, ...(await read(path)) })));

/** A service that answers but is not ready is degraded; one that does not is down. */
async function read(path: string): Promise<{ level: Level; detail: string }> {
  const begin = performance.now();
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: 'no-store' });
    const { status, version, failing } = (await response.json()) as Partial<StatusDocument>;
    const milliseconds = Math.round(performance.now() - begin);
    if (status === 'ready')
      return { level: 'healthy', detail: version ? t('status.answeredIn', { version, milliseconds }) : `${formatNumber(milliseconds)} ms` };
    const level = status === 'starting' || status === 'draining' || status === 'unavailable' ? 'degraded' : 'down';
    return { level, detail: failing?.length ? t('status.waitsFor', { names: formatList(failing) }) : '' };
  } catch {
    return { level: 'down', detail: t('status.silent', { seconds: TIMEOUT_MS / 1000 }) };
  }
}
