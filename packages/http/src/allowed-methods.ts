import findMyWay, { type HTTPMethod } from 'find-my-way';
import { problems } from './problem.ts';
import type { Server } from './server.ts';

/**
 * Keeps the routes of an app, to tell which methods a path has (RFC 9110, 15.5.6). Call it before routes are added. A path that is
 * a route of its own, such as /tasks/bulk, is not also one of /tasks/:id: another method of it is refused rather than taken for an id.
 */
export function allowedMethods(app: Server): (path: string) => string[] {
  const router = findMyWay({ maxParamLength: 200 });
  const methods = new Set<HTTPMethod>();
  const own = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat() as HTTPMethod[]) {
      methods.add(name);
      if (!router.hasRoute(name, url)) router.on(name, url, () => {});
      if (!/[:*]/.test(url)) own.set(url, (own.get(url) ?? new Set()).add(name));
    }
  });
  const allowed = (path: string): string[] => [...(own.get(path) ?? [...methods].filter((method) => router.find(method, path) !== null))];
  app.addHook('onRequest', async (request) => {
    const path = request.url.split('?', 1)[0]!;
    const { url } = request.routeOptions;
    if (url !== undefined && url !== path && own.has(path)) {
      throw problems.method_not_allowed({ headers: { allow: allowed(path).join(', ') } });
    }
  });
  return allowed;
}
