/*
 * Lets the app be installed, and start without a network: all of its files are kept. The API's answers never are: what is shown then
 * would be somebody's data, perhaps of before, on a disk that others may read.
 */

declare const self: ServiceWorkerGlobalScope;

/** The app's addresses, `/` and those of its files; the build puts them here (keep-files.ts). */
const FILES: string[] = JSON.parse('__FILES__');
const RELEASE = '__RELEASE__';
const PREFIX = 'taskflow ';
const CACHE = PREFIX + RELEASE;

self.addEventListener('install', (event) => event.waitUntil(keepFiles()));

// Only once the last page of the release before is closed, which may still load parts of it.
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || /^\/api(\/|$)/.test(pathname)) return;
  if (request.mode === 'navigate')
    event.respondWith(newest(request, '/')); // every address of the app is the same file
  else if (pathname.startsWith('/assets/')) event.respondWith(file(request));
  else if (FILES.includes(pathname)) event.respondWith(newest(request, pathname));
});

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    FILES.map(async (path) => {
      // A file whose name has its hash is the same in every release.
      const known = path.startsWith('/assets/') ? await caches.match(path) : undefined;
      const answer = known ?? (await fetch(path, { cache: 'no-cache' }));
      if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
      await cache.put(path, answer);
    }),
  );
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** As it is now, else as it is kept. */
async function newest(request: Request, path: string): Promise<Response> {
  const kept = () => caches.match(path, { cacheName: CACHE });
  try {
    const answer = await fetch(request);
    return answer.status < 500 ? answer : ((await kept()) ?? answer);
  } catch (error) {
    const file = await kept();
    if (file) return file;
    throw error;
  }
}

const file = async (request: Request): Promise<Response> => (await caches.match(request)) ?? fetch(request);
