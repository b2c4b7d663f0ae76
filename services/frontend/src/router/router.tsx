import {
  type AnchorHTMLAttributes,
  type ComponentType,
  createContext,
  lazy,
  type MouseEvent,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useState,
} from 'react';

/*
 * A router in a hundred lines: the usual ones weigh a quarter of what the browser may load before the board shows. Screens are
 * chunks of their own, fetched when a link is pointed at; the old screen stays until the new one is there.
 */

export interface Place {
  path: string;
  search: URLSearchParams;
  hash: string;
}

export interface Route {
  pattern: string;
  screen: ComponentType<{ params: Record<string, string> }>;
  preload: () => void;
}

type Load = () => Promise<{ default: ComponentType<{ params: Record<string, string> }> }>;

/** A route whose screen is loaded when it is needed. `:name` matches one part of the path, `:name?` perhaps none. */
export function route(pattern: string, load: Load): Route {
  let loading: ReturnType<Load> | undefined;
  const once = () => {
    loading ??= load().catch((error) => {
      loading = undefined; // so that the next attempt asks again
      throw error;
    });
    return loading;
  };
  return { pattern, screen: lazy(once), preload: () => void once().catch(() => {}) };
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/').slice(1);
  const given = path
    .replace(/(.)\/$/, '$1')
    .split('/')
    .slice(1);
  if (given.length > wanted.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    const name = /^:(\w+)(\??)$/.exec(part);
    if (!name) {
      if (part !== value) return undefined;
    } else if (value) {
      params[name[1]!] = decode(value);
    } else if (!name[2]) {
      return undefined;
    }
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const read = (): Place => ({ path: location.pathname, search: new URLSearchParams(location.search), hash: location.hash });
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
addEventListener('popstate', tell);

export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search + location.hash) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  tell();
}

/** Changes members of the query; null and '' take one away. */
export function setSearch(changes: Record<string, string | null>, options: { replace?: boolean } = { replace: true }): void {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') search.delete(name);
    else search.set(name, value);
  }
  const text = search.toString();
  navigate(`${location.pathname}${text && `?${text}`}`, options);
}

const PlaceContext = createContext<Place>(read());
const RoutesContext = createContext<Route[]>([]);

export function Router({ routes, children }: { routes: Route[]; children: ReactNode }) {
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const update = () => startTransition(() => setPlace(read()));
    listeners.add(update);
    update();
    return () => void listeners.delete(update);
  }, []);
  return (
    <RoutesContext value={routes}>
      <PlaceContext value={place}>{children}</PlaceContext>
    </RoutesContext>
  );
}

export const usePlace = (): Place => useContext(PlaceContext);

/** The route that the address matches, with its parameters. */
export function find(routes: Route[], path: string): { route: Route; params: Record<string, string> } | undefined {
  for (const candidate of routes) {
    const params = match(candidate.pattern, path);
    if (params) return { route: candidate, params };
  }
  return undefined;
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string;
  replace?: boolean;
}

/** Marks itself as the current page when the address begins with its own path. */
export function Link({ to, replace = false, onClick, ...rest }: LinkProps) {
  const routes = useContext(RoutesContext);
  const { path } = usePlace();
  const target = to.split(/[?#]/, 1)[0]!;
  const isCurrent = path === target || (target.length > 1 && path.startsWith(`${target}/`));
  const preload = () => find(routes, target)?.route.preload();
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to, { replace });
  };
  return (
    <a href={to} aria-current={isCurrent ? 'page' : undefined} onPointerEnter={preload} onFocus={preload} onClick={follow} {...rest} />
  );
}
