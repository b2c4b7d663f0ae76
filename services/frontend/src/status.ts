import type { StatusDocument } from '@taskflow/contracts/status';

// The status page: asks each service for its status document, through the gateway, and shows the answers.

const REFRESH_MS = 5000;
const TIMEOUT_MS = 4000;

const services = [
  { path: '/api/health', name: 'Gateway', purpose: 'Takes every request, and asks all services for their health' },
  { path: '/api/auth', name: 'Auth', purpose: 'People, workspaces, sessions and the audit log' },
  { path: '/api/tasks', name: 'Tasks', purpose: 'Projects, boards, tasks and the change feed' },
  { path: '/api/notifications', name: 'Notifications', purpose: 'Inbox, e-mail and webhooks' },
  { path: '/api/metrics', name: 'Metrics', purpose: 'Availability and flow analytics' },
] as const;

interface Reading {
  state: StatusDocument['status'] | 'unreachable';
  detail: string;
}

const WORDS: Record<Reading['state'], string> = {
  ready: 'Ready',
  starting: 'Starting',
  draining: 'Draining',
  unavailable: 'Unavailable',
  unreachable: 'No answer',
};

async function read(path: string): Promise<Reading> {
  const begin = performance.now();
  try {
    const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), cache: 'no-store' });
    const { status, version, failing } = (await response.json()) as Partial<StatusDocument>;
    const milliseconds = Math.round(performance.now() - begin);
    const state = status !== undefined && status in WORDS ? status : 'unreachable';
    const detail = failing?.length ? `waits for ${failing.join(', ')}` : `${version ? `${version} · ` : ''}${milliseconds} ms`;
    return { state, detail };
  } catch {
    return { state: 'unreachable', detail: `nothing within ${TIMEOUT_MS / 1000} s` };
  }
}

function element(tag: string, className: string, text: string): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

async function refresh(): Promise<void> {
  const readings = await Promise.all(services.map(({ path }) => read(path)));
  const rows = services.map(({ name, purpose }, index) => {
    const { state, detail } = readings[index] as Reading;
    const row = document.createElement('li');
    row.dataset.state = state;
    row.append(
      element('span', 'name', name),
      element('span', 'state', WORDS[state]),
      element('span', 'purpose', purpose),
      element('span', 'detail', detail),
    );
    return row;
  });
  document.querySelector('#services')?.replaceChildren(...rows);
  const troubled = readings.filter(({ state }) => state !== 'ready').length;
  const summary = document.querySelector('#summary');
  const text = troubled === 0 ? 'All services are ready' : `${troubled} of ${services.length} services are not ready`;
  if (summary && summary.textContent !== text) summary.textContent = text;
}

async function keepRefreshing(): Promise<void> {
  if (!document.hidden) await refresh();
  setTimeout(() => void keepRefreshing(), REFRESH_MS);
}

void keepRefreshing();
document.addEventListener('visibilitychange', () => document.hidden || void refresh());
