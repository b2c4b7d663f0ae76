import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { Server } from './server.ts';

/** Keeps the routes of an app, to tell which methods a path has (RFC 9110, 15.5.6). Call it before routes are added. */
export function allowedMethods(app: Server): (path: string) => string[] {
  const router = findMyWay({ maxParamLength: 200 });
  const methods = new Set<HTTPMethod>();
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat() as HTTPMethod[]) {
      methods.add(name);
      if (!router.hasRoute(name, url)) router.on(name, url, () => {});
    }
  });
  return (path) => [...methods].filter((method) => router.find(method, path) !== null);
}
