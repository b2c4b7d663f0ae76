import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { HealthReport } from '@taskflow/contracts/reports';
import { afterAll } from 'vitest';

export const READY = { service: 'metrics', version: '1.0.0', status: 'ready' };

export interface TestTarget {
  url: string;
  port: number;
  /** what it does with a request from now on */
  behave(listener: RequestListener): void;
  requests: number;
  close(): Promise<void>;
}

/** A real HTTP server that behaves as told. */
export async function httpTarget(listener: RequestListener, port = 0): Promise<TestTarget> {
  let current = listener;
  const server = createServer((request, response) => {
    target.requests += 1;
    current(request, response);
  });
  await listen(server, port);
  const target: TestTarget = {
    ...address(server),
    behave: (next) => {
      current = next;
    },
    requests: 0,
    close: () => close(server),
  };
  afterAll(() => target.close());
  return target;
}

export const answer =
  (status: number, body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** A port that speaks whatever `greet` says, and not HTTP. */
export async function tcpTarget(greet = ''): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (greet) socket.end(greet);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  afterAll(stop);
  const { port } = server.address() as AddressInfo;
  return { url: `tcp://127.0.0.1:${port}`, port, close: stop };
}

/** Stands in the place of metrics and is idempotent as it is: a report that came before counts once. */
export async function metricsTarget(key: string, port = 0) {
  const reports = new Map<string, HealthReport>();
  const refused = { count: 0 };
  let status = 204;
  const target = await httpTarget((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const right = request.url === '/internal/health-reports' && request.headers.authorization === `Bearer ${key}`;
      const report = JSON.parse(Buffer.concat(chunks).toString()) as HealthReport;
      const answerStatus = right ? status : 401;
      // What is stored before a failing answer is what makes idempotence count.
      if (right && status !== 503) reports.set(report.id, report);
      if (answerStatus !== 204) refused.count += 1;
      response.writeHead(answerStatus).end();
    });
  }, port);
  return {
    ...target,
    reports,
    refused,
    /** 204 takes reports, 503 does not, 500 stores them and loses the answer */
    setStatus: (next: 204 | 500 | 503) => {
      status = next;
    },
    /** how many probes the reports stand for */
    counted: () => [...reports.values()].flatMap(({ observations }) => observations).reduce((sum, { count }) => sum + count, 0),
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function address(server: Server): { url: string; port: number } {
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
