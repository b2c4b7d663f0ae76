import { Agent } from 'node:http';
import { defineConfig } from 'vite';

const gateway = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3000';

// What nginx does in the cluster: /api/ goes to the gateway, the prefix stripped.
const proxy = {
  '/api': { target: gateway, agent: new Agent({ keepAlive: true }), rewrite: (path: string) => path.slice('/api'.length) || '/' },
};

export default defineConfig({
  server: { proxy, cors: false },
  preview: { proxy, cors: false },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
