import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { until } from '@taskflow/testing/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answers, Container, docker, dockerAnswers, filesOf } from './container.ts';
import { Upstream } from './upstream.ts';

// The front end's image as the pods run it, with a stand-in for the gateway behind it.

const IMAGE = process.env.E2E_FRONTEND_IMAGE ?? 'taskflow/frontend:dev';
const network = `taskflow-images-${randomBytes(4).toString('hex')}`;
const GATEWAY = 'api-gateway-svc';

const runFrontend = (settings: string[] = [], options: string[] = []): Promise<Container> => {
  const environment = settings.flatMap((setting) => ['--env', setting]);
  const place = ['--network', network, '--tmpfs', '/tmp', '--publish', '127.0.0.1::8080'];
  return Container.run(IMAGE, { options: [...place, ...environment, ...options] });
};

/** What the engine's network gives to requests from this machine. */
async function addressRange(): Promise<string> {
  return JSON.parse(await docker('network', 'inspect', network))[0].IPAM.Config[0].Subnet;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  /** names as they came, in lower case */
  names: string[];
  body: Buffer;
}

/** Not by fetch, which hides how an answer was compressed and what came twice. */
async function ask(url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  const sent = request(url, { method, headers, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { ...head(answer), body: Buffer.concat(await answer.toArray()) };
}

const head = (answer: IncomingMessage) => ({
  status: answer.statusCode as number,
  headers: answer.headers,
  names: answer.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()),
});

/** Sends these bytes and returns all that comes back until the other side closes. */
async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  socket.write(bytes, 'latin1');
  return (await socket.toArray()).join('');
}

const next = async (stream: AsyncIterator<Buffer>): Promise<string> => String((await stream.next()).value);

/** Begins a request and leaves its body open. The answer is there when its head is. */
function begin(
  url: string,
  method: string,
  headers: Record<string, string> = {},
): { sent: ClientRequest; answer: Promise<IncomingMessage> } {
  const sent = request(url, { method, headers, agent: false });
  const answer = once(sent, 'response').then(([response]) => response as IncomingMessage);
  sent.on('error', () => {}); // also when it is cut later
  sent.flushHeaders();
  return { sent, answer };
}

describe.skipIf(!dockerAnswers)('image of the front end (needs a Docker engine)', () => {
  let frontend: Container;
  let upstream: Upstream;
  let url = '';
  let files: string[] = [];

  beforeAll(async () => {
    await docker('network', 'create', network);
    frontend = await runFrontend();
    url = await frontend.address(8080);
    await answers(`${url}/readyz`);
    files = (await filesOf(IMAGE)).filter((path) => path.startsWith('taskflow/app/')).map((path) => path.slice('taskflow/app'.length));
  });
  afterAll(async () => {
    await frontend?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
    await docker('network', 'rm', network);
  });
  const asset = (extension: string): string => {
    const path = files.find((file) => file.startsWith('/assets/') && file.endsWith(extension) && files.includes(`${file}.gz`));
    return path ?? expect.unreachable(`the app has no compressed ${extension}`);
  };

  describe('before there is a gateway', () => {
    it.each(['/livez', '/readyz'])('%s is answered all the same', async (path) => {
      expect((await ask(url + path)).status).toBe(200);
    });

    it('the app is served', async () => {
      const { status, body } = await ask(`${url}/`);
      expect(status).toBe(200);
      expect(String(body)).toContain('<title>TaskFlow</title>');
    });

    it('a call of the API is answered with 503, as a problem, with the time to try again', async () => {
      const { status, headers, body } = await ask(`${url}/api/health`);
      expect(status).toBe(503);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(headers['retry-after']).toBe('1');
      expect(JSON.parse(String(body))).toEqual({
        type: 'about:blank',
        title: 'Temporarily unavailable; try again soon',
        status: 503,
        code: 'unavailable',
        requestId: headers['x-request-id'],
      });
    });
  });

  describe('the gateway is found', () => {
    beforeAll(async () => {
      upstream = await Upstream.run(network, GATEWAY);
      await answers(`${url}/api/echo`);
    });

    it('and again under another address', async () => {
      const address = async () => JSON.parse(await docker('inspect', upstream.container.id))[0].NetworkSettings.Networks[network].IPAddress;
      const before = await address();
      await upstream[Symbol.asyncDispose]();
      expect((await ask(`${url}/api/echo`)).status).toBe(503);
      await using _inItsPlace = await Container.run('taskflow/gateway:dev', {
        options: ['--network', network],
        command: ['--eval', 'setInterval(() => {}, 1e6)'],
      });
      upstream = await Upstream.run(network, GATEWAY);
      expect(await address()).not.toBe(before);
      await answers(`${url}/api/echo`);
    });

    it('in the search domain of the pod, when its name has no dot', async () => {
      await using named = await Upstream.run(network, 'gateway.taskflow.internal');
      await using own = await runFrontend(
        ['GATEWAY_URL=http://gateway:3000'],
        ['--dns-search', 'taskflow.internal', '--dns-search', 'example.org'],
      );
      await answers(`${await own.address(8080)}/api/echo`);
      expect((await named.heard()).map((request) => request.url)).toEqual(['/echo']);
    });
  });

  describe('files', () => {
    it('with a hash in the name are kept for ever', async () => {
      const { status, headers } = await ask(url + asset('.js'));
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    });

    it.each(['/', '/index.html', '/status', '/projects/ENG/board?view=1'])(
      'the page at %s is asked for each time, and has nothing that one release shares with the next',
      async (path) => {
        const { status, headers } = await ask(url + path, {
          headers: { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT', 'if-none-match': '*' },
        });
        expect(status).toBe(200);
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(headers['cache-control']).toBe('no-cache');
        expect(headers.etag).toBeUndefined();
        expect(headers['last-modified']).toBeUndefined();
      },
    );

    it('are sent compressed to whom takes it, the same in content', async () => {
      for (const path of [asset('.js'), asset('.css'), '/']) {
        const compressed = await ask(url + path, { headers: { 'accept-encoding': 'gzip' } });
        const plain = await ask(url + path);
        expect(compressed.headers['content-encoding']).toBe('gzip');
        expect(plain.headers['content-encoding']).toBeUndefined();
        for (const { headers } of [compressed, plain]) expect(headers.vary).toBe('Accept-Encoding');
        expect(compressed.headers['content-type']).toBe(plain.headers['content-type']);
        expect(compressed.body.length).toBeLessThan(plain.body.length);
        expect(gunzipSync(compressed.body)).toEqual(plain.body);
      }
    });

    it.each(['/assets/index-00000000.js', '/missing.svg', '/assets/', '/.git/config', '/taskflow/nginx.conf'])(
      '%s is not there: 404, which nobody keeps, with the page of the app',
      async (path) => {
        const { status, headers, body } = await ask(url + path);
        expect(status).toBe(404);
        expect(headers['cache-control']).toBe('no-store');
        expect(headers['content-type']).toBe('text/html; charset=utf-8');
        expect(String(body)).toBe(String((await ask(`${url}/`)).body));
      },
    );

    it.each(['/../nginx.conf', '/assets/../../nginx.conf', '/assets/%2e%2e/%2e%2e/nginx.conf', '//nginx.conf'])(
      '%s leads to no file outside the app',
      async (path) => {
        const received = await exchange(url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        expect(received).toMatch(/^HTTP\/1\.1 (?:400|404) /);
        expect(received).not.toContain('worker_processes');
      },
    );
  });

  describe('every answer, errors included', () => {
    const CASES: Array<[string, string, number]> = [
      ['the page', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 200],
      ['a missing file', 'GET /assets/x.js HTTP/1.1\r\nHost: a\r\n\r\n', 404],
      ['a method that is not for files', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 405],
      ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
      ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
      ['no HTTP', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', 505],
      ['a head that is too large', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
      ['an address that is too long', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414],
      ['a part of a file, which nobody needs', 'GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=5-\r\n\r\n', 200],
      ['an unknown coding', 'POST /api/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: nonsense\r\n\r\n', 501],
      ['an answer of the API', 'GET /api/echo HTTP/1.1\r\nHost: a\r\n\r\n', 200],
      ['a body that is too large for any service', 'POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741825\r\n\r\n', 413],
      ['a broken answer of the API', 'GET /api/die HTTP/1.1\r\nHost: a\r\n\r\n', 502],
      ['a spelling of /api that only nginx understands', 'GET /%61pi/echo HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ];
    it.each(CASES)('%s', async (_what, bytes, status) => {
      const received = await exchange(url, bytes.replace('Host: a\r\n', 'Host: a\r\nConnection: close\r\n'));
      const lines = received.slice(0, received.indexOf('\r\n\r\n')).split('\r\n');
      expect(lines[0]).toMatch(new RegExp(`^HTTP/1.1 ${status}\\b`));
      const once = (name: string): string => {
        const found = lines.filter((line) => line.toLowerCase().startsWith(`${name}: `));
        expect(found, name).toHaveLength(1);
        return found[0]!.slice(name.length + 2);
      };
      expect(once('content-security-policy')).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
      expect(once('content-security-policy')).not.toContain('unsafe');
      expect(once('x-content-type-options')).toBe('nosniff');
      expect(once('referrer-policy')).toBe('no-referrer');
      expect(once('permissions-policy')).toContain('camera=()');
      expect(once('cross-origin-opener-policy')).toBe('same-origin');
      expect(once('cross-origin-resource-policy')).toBe('same-origin');
      expect(once('x-request-id')).toMatch(/^[A-Za-z0-9_-]{8,64}$/);
      expect(once('server')).toBe('nginx');
      expect(received.toLowerCase()).not.toContain('strict-transport-security');
      expect(received).not.toMatch(/nginx\/|<center>/);
    });

    it('scripts of the app run under Trusted Types, and none but its own', async () => {
      const policy = (await ask(`${url}/`)).headers['content-security-policy'];
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("require-trusted-types-for 'script'");
    });
  });

  describe('what the gateway says', () => {
    it('stays, and is not said twice; commands to nginx and names of software go', async () => {
      const { status, headers, names, body } = await ask(`${url}/api/own`);
      expect(status).toBe(403);
      expect(JSON.parse(String(body))).toMatchObject({ url: '/own' }); // not the file of X-Accel-Redirect
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'permissions-policy': 'camera=()',
        'cross-origin-opener-policy': 'unsafe-none',
        'cross-origin-resource-policy': 'cross-origin',
        'cache-control': 'private, max-age=7',
        etag: '"3"', // strong: If-Match would not take a weak one
        'last-modified': 'Wed, 25 Nov 2026 00:00:00 GMT',
        'x-request-id': 'of-the-gateway',
        'retry-after': '9',
        server: 'nginx',
      });
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    });

    it('is not kept by anyone when it says nothing of that', async () => {
      expect((await ask(`${url}/api/echo`)).headers['cache-control']).toBe('no-store');
    });
  });

  describe('requests to the gateway', () => {
    const heardAt = async (bytes: string) => {
      await upstream.ask('/-/forget');
      const received = await exchange(url, bytes);
      return { received, heard: await upstream.heard() };
    };

    it.each([
      ['/api', '/'],
      ['/api/', '/'],
      ['/api?a=1', '/?a=1'],
      ['/api/tasks?q=a%20b+c', '/tasks?q=a%20b+c'],
      // As they are: to refuse what has two readings is the gateway's part, which must see it.
      ['/api/a%2fb//c/%41;x=1', '/a%2fb//c/%41;x=1'],
      ['/api/tasks/%2e%2e/internal', '/tasks/%2e%2e/internal'],
    ])('%s arrives as %s', async (path, target) => {
      const { heard } = await heardAt(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(heard.map((request) => request.url)).toEqual([target]);
    });

    it.each(['/%61pi/echo', '/x/../api/echo', '//api/echo', '/apiecho', '/api-once'])('%s does not', async (path) => {
      const { heard } = await heardAt(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(heard).toEqual([]);
    });

    it('keep their name, and get one when they have none that is acceptable', async () => {
      const named = async (id: string) =>
        JSON.parse(String((await ask(`${url}/api/echo`, { headers: { 'x-request-id': id } })).body)).headers['x-request-id'];
      expect(await named('given-by-the-client')).toBe('given-by-the-client');
      expect(await named('<script>')).toMatch(/^[0-9a-f]{32}$/);
    });

    it('have the Host and the trace of the client, and nothing for one hop only', async () => {
      const trace = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
      const { heard } = await heardAt(
        `GET /api/echo HTTP/1.1\r\nHost: taskflow.example:8443\r\nConnection: close, X-Hop\r\nTE: trailers\r\nUpgrade: h2c\r\ntraceparent: ${trace}\r\nCookie: a=b\r\n\r\n`,
      );
      expect(heard[0]!.headers).toMatchObject({ host: 'taskflow.example:8443', traceparent: trace, cookie: 'a=b' });
      for (const name of ['te', 'upgrade']) expect(heard[0]!.headers[name]).toBeUndefined();
    });

    it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is never repeated, whatever becomes of it', async (method) => {
      await upstream.ask('/-/forget');
      const { status, body } = await ask(`${url}/api/die`, { method });
      expect(status).toBe(502);
      expect(JSON.parse(String(body))).toMatchObject({ status: 502, code: 'bad_gateway' });
      expect(await upstream.heard()).toHaveLength(1);
    });

    it('on connections that are kept, where nginx can (1.27.3 or newer)', async ({ skip }) => {
      const [, minor = 0, patch = 0] =
        /nginx\/1\.(\d+)\.(\d+)/.exec(await docker('exec', frontend.id, 'sh', '-c', 'nginx -v 2>&1'))?.map(Number) ?? [];
      if (minor < 27 || (minor === 27 && patch < 3)) return skip(`this image has nginx 1.${minor}.${patch}`);
      await upstream.ask('/-/forget');
      for (let i = 0; i < 20; i++) await ask(`${url}/api/echo`);
      // Each worker has its own.
      expect(new Set((await upstream.heard()).map(({ connection }) => connection)).size).toBeLessThanOrEqual(4);
    });
  });

  describe('bytes go on as they come', () => {
    it.each(['/api/events', '/api/download'])('of %s', async (path) => {
      const { sent, answer } = begin(url + path, 'GET');
      const chunks = (await answer)[Symbol.asyncIterator]();
      expect(await next(chunks)).toContain('first'); // and nothing more until the test says so
      await upstream.ask('/-/go');
      expect(await next(chunks)).toMatch(/next|last/);
      sent.destroy();
    });

    it('of an upload, while it lasts', async () => {
      await upstream.ask('/-/forget');
      const { sent, answer } = begin(`${url}/api/upload`, 'POST', { 'content-length': '200000' });
      sent.write('a'.repeat(100_000));
      await until(async () => (await upstream.heard())[0]?.bytes === 100_000, { what: 'the gateway has the first half' });
      sent.end('a'.repeat(100_000));
      expect((await answer).statusCode).toBe(200);
      expect((await upstream.heard())[0]?.bytes).toBe(200_000);
    });

    it('so that a refusal comes before the rest of an upload', async () => {
      const { sent, answer } = begin(`${url}/api/early`, 'POST', { 'content-length': '200000000' });
      sent.write('a'.repeat(1000));
      expect((await answer).statusCode).toBe(413);
      sent.destroy();
    });
  });

  describe('who asks', () => {
    const CLAIMS = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
    };
    const heardBy = async (frontendUrl: string, headers: Record<string, string>) => {
      const answer = await ask(`${frontendUrl}/api/echo`, { headers });
      return { answer, headers: JSON.parse(String(answer.body)).headers as Record<string, string> };
    };

    it('is not believed', async () => {
      const { answer, headers } = await heardBy(url, CLAIMS);
      expect(headers['x-forwarded-for']).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      expect(headers['x-forwarded-for']).not.toBe('6.6.6.6');
      expect(headers['x-forwarded-proto']).toBe('http');
      for (const name of ['x-forwarded-host', 'x-real-ip', 'forwarded']) expect(headers[name]).toBeUndefined();
      expect(answer.headers['strict-transport-security']).toBeUndefined();
    });

    it('is believed of the proxies in TRUSTED_PROXIES, up to the first that is none; behind TLS there is HSTS', async () => {
      await using behindIngress = await runFrontend([`TRUSTED_PROXIES=${await addressRange()},10.9.0.0/16`]);
      const trusting = await behindIngress.address(8080);
      await answers(`${trusting}/api/echo`);
      const { answer, headers } = await heardBy(trusting, { ...CLAIMS, 'x-forwarded-for': '1.1.1.1, 6.6.6.6, 10.9.1.1' });
      expect(headers).toMatchObject({ 'x-forwarded-for': '6.6.6.6', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' });
      expect(answer.headers['strict-transport-security']).toBe('max-age=63072000');
      expect((await ask(`${trusting}/`, { headers: { 'x-forwarded-proto': 'https' } })).headers['strict-transport-security']).toBe(
        'max-age=63072000',
      );
      expect(
        (await ask(`${trusting}/`, { headers: { 'x-forwarded-proto': 'http' } })).headers['strict-transport-security'],
      ).toBeUndefined();
    });
  });

  it('the log has a JSON line for each request but probes, with nothing that tells of a person', async () => {
    await using own = await runFrontend();
    const ownUrl = await own.address(8080);
    await answers(`${ownUrl}/api/echo`);
    await ask(`${ownUrl}/api/tasks/ENG-12?q=private`, {
      headers: { 'x-request-id': 'request-of-ana', cookie: 'session=secret', 'user-agent': 'Browser of Ana' },
    });
    await ask(`${ownUrl}/reset/secret-token`);
    await ask(`${ownUrl}/readyz`);
    const text = await until(async () => {
      const logs = await own.logs();
      return logs.includes('"route":"/"') ? logs : undefined;
    });
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.find(({ requestId }) => requestId === 'request-of-ana')).toMatchObject({
      level: 'info',
      service: 'frontend',
      method: 'GET',
      route: '/api/tasks',
      status: 200,
      upstream: '200',
      msg: 'request',
    });
    expect(text).not.toMatch(/private|ENG-12|secret|Ana|readyz|172\.|"client/);
  });

  it.each([
    ['GATEWAY_URL=ftp://gateway:3000', 'frontend: GATEWAY_URL is "ftp://gateway:3000": expected http://name:port'],
    [
      'GATEWAY_URL=http://gateway:3000;include /etc/passwd',
      'frontend: GATEWAY_URL is "http://gateway:3000;include /etc/passwd": expected http://name:port',
    ],
    ['GATEWAY_URL=http://:3000', 'frontend: GATEWAY_URL is "http://:3000": expected http://name:port'],
    ['TRUSTED_PROXIES=everyone', 'frontend: TRUSTED_PROXIES is "everyone": expected addresses or CIDR ranges, separated by commas'],
    ['NGINX_LOG_LEVEL=loud', 'frontend: NGINX_LOG_LEVEL is "loud": expected one of debug, info, notice, warn, error, crit, alert, emerg'],
  ])('%s is refused in one line', async (setting, line) => {
    await using refused = await runFrontend([setting]);
    expect(await refused.exitCode()).toBe(1);
    expect((await refused.logs()).trim()).toBe(line);
  });

  it('says so when /tmp cannot be written', async () => {
    await using refused = await Container.run(IMAGE, { options: ['--network', network] });
    expect(await refused.exitCode()).not.toBe(0);
    expect(await refused.logs()).toContain('/tmp/taskflow');
  });

  it('ends as asked: what is in flight is finished, new connections are refused, and open streams hold it for half a minute at most', async () => {
    await using own = await runFrontend();
    const ownUrl = await own.address(8080);
    await answers(`${ownUrl}/api/echo`);
    const slow = begin(`${ownUrl}/api/slow`, 'GET');
    const stream = await begin(`${ownUrl}/api/events`, 'GET').answer;
    stream.resume().on('error', () => {});
    await until(async () => (await upstream.heard()).some((request) => request.url === '/slow'));
    const stopped = own.stop(45);
    const livez = () => fetch(`${ownUrl}/livez`, { signal: AbortSignal.timeout(1000) });
    await until(
      () =>
        livez().then(
          () => false,
          () => true,
        ),
      { what: 'new connections are refused' },
    );
    await upstream.ask('/-/go');
    expect((await slow.answer).statusCode).toBe(200);
    const { exitCode, seconds } = await stopped;
    expect(exitCode).toBe(0);
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(35);
  });

  it('closes connections with its answers when it is about to end, and not before', async () => {
    await using own = await runFrontend();
    const url = `${await own.address(8080)}/api/echo`;
    await answers(url);
    const connectionOf = async (method: string) => (await ask(url, { method, headers: { connection: 'keep-alive' } })).headers.connection;
    const methods = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];
    for (const method of methods) expect(await connectionOf(method), method).toBe('keep-alive');
    await docker('exec', own.id, 'touch', '/tmp/taskflow/draining');
    for (const method of methods) expect(await connectionOf(method), method).toBe('close');
  });

  it('ends at once when nothing is open', async () => {
    await using own = await runFrontend();
    await answers(`${await own.address(8080)}/readyz`);
    const { exitCode, seconds } = await own.stop(30);
    expect(exitCode).toBe(0);
    expect(seconds).toBeLessThan(3);
  });
});
