import { Agent } from 'node:http';
import { defineConfig, type ProxyOptions } from 'vite';

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

export default defineConfig({
  server: { proxy, cors: false },
  preview: { proxy, cors: false },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
