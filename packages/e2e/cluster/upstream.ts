import { Container } from './container.ts';

/** A request as the stand-in of the gateway has heard it. */
export interface Heard {
  method: string;
  url: string;
  headers: Record<string, string>;
  /** of its body, so far */
  bytes: number;
  /** counts the connections on which requests came */
  connection: number;
}

/**
 * Runs in a container in the place of the gateway; what it does with a request, the path says. The test asks it over a
 * published port for what it has heard (/-/heard), and tells it to go on (/-/go).
 */
const PROGRAM = `
import { createServer } from 'node:http';
let heard = [], waiting = [], connections = 0;
const goOn = () => new Promise((resolve) => waiting.push(resolve));
const server = createServer(async (request, response) => {
  const { method, url, headers, socket } = request;
  if (url === '/-/heard') return response.end(JSON.stringify(heard));
  if (url === '/-/forget') { heard = []; return response.end(); }
  if (url === '/-/go') { for (const resolve of waiting.splice(0)) resolve(); return response.end(); }
  socket.number ??= ++connections;
  const entry = { method, url, headers, bytes: 0, connection: socket.number };
  heard.push(entry);
  const path = url.split('?')[0];
  if (path === '/die') return socket.destroy();
  if (path === '/early') { response.writeHead(413, { connection: 'close' }); return response.end('too much'); }
  request.on('data', (chunk) => { entry.bytes += chunk.length; });
  if (path === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\\n\\n');
    for (;;) { await goOn(); response.write('data: next\\n\\n'); }
  }
  if (path === '/download') {
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 9 });
    response.write('first');
    await goOn();
    return response.end('last');
  }
  await new Promise((resolve) => request.on('end', resolve));
  if (path === '/slow') await goOn();
  if (path === '/own') response.writeHead(403, { server: 'gateway/9.9', 'x-powered-by': 'gateway', 'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'permissions-policy': 'camera=()', 'cross-origin-opener-policy': 'unsafe-none',
    'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'private, max-age=7', etag: '"3"', 'last-modified': 'Wed, 25 Nov 2026 00:00:00 GMT',
    'x-request-id': 'of-the-gateway', 'retry-after': '9', 'x-accel-redirect': '/index.html' });
  response.end(JSON.stringify(entry));
});
process.on('SIGTERM', () => { server.close(); server.closeAllConnections(); process.exit(0); });
server.listen(3000);
`;

export class Upstream implements AsyncDisposable {
  readonly container: Container;
  readonly #control: string;

  private constructor(container: Container, control: string) {
    this.container = container;
    this.#control = control;
  }

  /** @param name by which it is found in the network */
  static async run(network: string, name: string): Promise<Upstream> {
    const options = ['--network', network, '--network-alias', name, '--publish', '127.0.0.1::3000'];
    const container = await Container.run('taskflow/gateway:dev', { options, command: ['--input-type=module', '--eval', PROGRAM] });
    return new Upstream(container, await container.address(3000));
  }

  async ask(path: '/-/heard' | '/-/forget' | '/-/go'): Promise<string> {
    return (await fetch(this.#control + path)).text();
  }

  async heard(): Promise<Heard[]> {
    return JSON.parse(await this.ask('/-/heard'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.container[Symbol.asyncDispose]();
  }
}
