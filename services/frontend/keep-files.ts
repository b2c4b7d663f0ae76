import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Tells the service worker (worker/service-worker.ts) what the app is made of. */
export function keepFiles(): Plugin {
  return {
    name: 'keep-files',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('there is no service worker to tell');
        const own = readdirSync('public').map((name) => `/${name}`);
        const built = Object.keys(bundle).filter((name) => name !== 'sw.js' && name !== 'index.html' && !name.endsWith('.map'));
        const files = ['/', ...own, ...built.map((name) => `/${name}`)].sort();
        const contents = Object.values(bundle).map((output) => (output.type === 'chunk' ? output.code : output.source));
        const hash = createHash('sha256');
        for (const content of contents) hash.update(content);
        worker.code = worker.code.replace('__FILES__', JSON.stringify(files)).replace('__RELEASE__', hash.digest('base64url').slice(0, 12));
      },
    },
  };
}
