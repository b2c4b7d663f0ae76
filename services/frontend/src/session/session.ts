import type { SignedIn } from '@taskflow/contracts/auth';
import { logout } from '../api/auth.ts';
import { onSignedOut } from '../api/client.ts';
import { forgetChanges } from '../changes/changes.ts';
import { meQuery } from '../data/queries.ts';
import { queryClient } from '../data/query-client.ts';
import { navigate } from '../router/router.tsx';

/** Addresses within the app only: whoever makes a link to the sign-in page must not choose another site. */
export function nextPath(search: URLSearchParams): string {
  const next = search.get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}

/** All tabs of a browser are signed in as the same person: no tab shows one person's work and sends as another. */
const tabs = new BroadcastChannel('taskflow.session');
tabs.onmessage = ({ data }: MessageEvent<string | null>) => {
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (me && me.id !== data) location.assign('/');
};

export function begin({ user }: SignedIn, to: string): void {
  tabs.postMessage(user.id);
  queryClient.setQueryData(meQuery.queryKey, user);
  navigate(to, { replace: true });
}

export async function signOut(): Promise<void> {
  await logout();
  tabs.postMessage(null);
  forgetChanges();
  queryClient.clear();
  navigate('/sign-in', { replace: true });
}

/** Where to sign in, to come back to this address. */
export function signInPath({ ended = false } = {}): string {
  const next = location.pathname + location.search;
  const search = new URLSearchParams({ ...(next === '/' ? {} : { next }), ...(ended ? { ended: '1' } : {}) }).toString();
  return `/sign-in${search && `?${search}`}`;
}

onSignedOut(() => {
  if (queryClient.getQueryData(meQuery.queryKey) === undefined) return;
  queryClient.clear();
  navigate(signInPath({ ended: true }), { replace: true });
});
