// Bundles the service in the current folder into one file: dist/main.js, with its source map.
import { build } from 'esbuild';

/**
 * Leaves out what no service uses but what is loaded at start all the same:
 * - `import 'node:http'` reads every export once, and with it the getters that load Node's own WebSocket and fetch (13 MB).
 *   require() does not.
 * - Fastify and undici load HTTP/2 in case it is asked for; undici takes this very stand-in where Node lacks it.
 * - undici's index loads its fetch, WebSocket, mocks and caches.
 */
const onlyWhatIsUsed = {
  name: 'only-what-is-used',
  setup(build) {
    const modules = {
      'node:http2': 'module.exports = { constants: {} }',
      undici: `
        Object.assign(require('undici/lib/dispatcher/dispatcher.js').prototype, require('undici/lib/api/index.js'));
        module.exports = { Pool: require('undici/lib/dispatcher/pool.js'), Agent: require('undici/lib/dispatcher/agent.js') };`,
    };
    build.onResolve({ filter: /^(undici|node:.*)$/ }, ({ path, kind }) =>
      path in modules || kind === 'import-statement' ? { path, namespace: 'used' } : { path, external: true },
    );
    build.onLoad({ filter: /.*/, namespace: 'used' }, ({ path }) => ({
      contents: modules[path] ?? `module.exports = require('${path}')`,
      resolveDir: import.meta.dirname,
    }));
  },
};

await build({
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  // Node keeps the text. Names and lines stay, so that stack traces can be read without the map, which costs 80 MB to load.
  minifyWhitespace: true,
  lineLimit: 120,
  legalComments: 'none',
  logLevel: 'info',
  // CommonJS dependencies inside an ES module still call require() for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  external: ['pg-native', 'pino-pretty'],
  plugins: [onlyWhatIsUsed],
});
