import { Agent } from 'node:http';
import react from '@vitejs/plugin-react';
import { defineConfig, type ProxyOptions } from 'vite';
import { catalogueParts } from './catalogue-parts.ts';
import { CONTENT_SECURITY_POLICY } from './content-security-policy.ts';
import { keepFiles } from './keep-files.ts';

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000';

// What nginx does in the cluster: /api/ goes to the gateway, the prefix stripped.
const api: ProxyOptions = {
  target: gateway,
  agent: new Agent({ keepAlive: true }),
  rewrite: (path) => path.slice('/api'.length) || '/',
  // A stream that breaks off must end here too, or the browser would wait for ever instead of reconnecting.
  configure: (proxy) => proxy.on('proxyRes', (answer, _request, response) => answer.on('aborted', () => response.destroy())),
};
const proxy = { '/api': api };
/** Of files only: what comes from the gateway has headers of its own. */
const headers = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export default defineConfig({
  plugins: [react(), catalogueParts(), keepFiles()],
  server: { proxy, cors: false },
  preview: { proxy, cors: false, headers },
  build: {
    target: 'es2022',
    // The colours are light-dark(); older browsers would get a far larger sheet that imitates it.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', sw: 'worker/service-worker.ts' },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
});
