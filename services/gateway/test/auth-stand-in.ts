import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenClaims } from '@taskflow/contracts/identity';
import { testIssuer } from '@taskflow/testing/issuer';
import { afterAll } from 'vitest';

export const GATEWAY_KEY = 'gateway-key-of-the-test';

export interface AuthStandIn {
  url: string;
  server: Server;
  /** credential → the claims it is exchanged for */
  accounts: Map<string, Partial<AccessTokenClaims> & { sub: string; sid: string; sv: number }>;
  /** how often each credential was exchanged */
  exchanges: string[];
  revoke(entry: { kind: 'session' | 'user'; subject: string; securityVersion?: number }): void;
  /** what it gave out as position means nothing to it any more, as after a restored backup */
  forgetPositions(): void;
  token(claims?: Partial<AccessTokenClaims>): Promise<string>;
  /** when set, the keys cannot be had */
  keysDown: boolean;
  /** what it does with public requests (`/auth/…`), which it records */
  handle: RequestListener;
  requests: IncomingMessage[];
  /** how long an exchange takes */
  exchangeMs: number;
  /** how many exchanges are under way */
  exchanging: number;
  /** when set, internal calls are not answered */
  silent: boolean;
}

/** Stands in the place of auth: exchange, revocation feed and keys by the contract, over real HTTP. */
export async function authStandIn(): Promise<AuthStandIn> {
  const issuer = await testIssuer();
  let generation = 1;
  let log: object[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://auth');
    const send = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body));
    if (url.pathname === '/auth/.well-known/jwks.json') {
      const keys = await fetch(`${issuer.url}${url.pathname}`);
      return send(keys.status, await keys.text());
    }
    if (!url.pathname.startsWith('/internal/')) {
      auth.requests.push(request);
      return auth.handle(request, response);
    }
    if (auth.silent) return request.socket.destroy();
    if (request.headers.authorization !== `Bearer ${GATEWAY_KEY}`) return send(401, {});
    if (url.pathname === '/internal/exchange') {
      const { kind, credential } = (await json(request)) as { kind: string; credential: string };
      if (credential.length > 512) return send(400, {});
      const claims = auth.accounts.get(credential);
      auth.exchanging++;
      await sleep(auth.exchangeMs);
      auth.exchanging--;
      auth.exchanges.push(`${kind} ${credential}`);
      return claims ? send(200, { accessToken: await auth.token(claims), expiresIn: 300 }) : send(401, {});
    }
    const [from = generation, after = 0] = (url.searchParams.get('after') ?? '').split('-').filter(Boolean).map(Number);
    const answer = () =>
      from === generation ? send(200, { position: `${generation}-${log.length}`, revocations: log.slice(after) }) : send(400, {});
    const wait = Number(url.searchParams.get('wait')) * 1000;
    if (log.length > after || wait === 0 || from !== generation) return answer();
    const wake = () => {
      waiting.delete(wake);
      clearTimeout(timer);
      answer();
    };
    const timer = setTimeout(wake, wait);
    waiting.add(wake);
  });
  const auth: AuthStandIn = {
    url: '',
    server,
    accounts: new Map(),
    exchanges: [],
    requests: [],
    exchangeMs: 0,
    exchanging: 0,
    silent: false,
    get keysDown() {
      return issuer.down;
    },
    set keysDown(down) {
      issuer.down = down;
    },
    handle: (_request, response) => response.end('{}'),
    forgetPositions: () => {
      generation++;
      log = [];
      for (const wake of waiting) wake();
    },
    revoke: (entry) => {
      log.push(entry);
      for (const wake of waiting) wake();
    },
    token: issuer.token,
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  auth.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return auth;
}
