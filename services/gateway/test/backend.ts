import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

export interface Backend {
  url: string;
  server: Server;
  /** what it has received, in order */
  requests: IncomingMessage[];
  /** what it does with the next requests */
  handle: RequestListener;
}

/** A real HTTP server in the place of a service, which records what it gets. */
export async function testBackend(handle: RequestListener = (_request, response) => response.end('{}')): Promise<Backend> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    backend.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const backend: Backend = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, requests, handle };
  return backend;
}
