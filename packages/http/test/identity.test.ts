import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AUDIENCE, ISSUER } from '@taskflow/contracts/identity';
import { testServer } from '@taskflow/testing/http-server';
import { testIssuer } from '@taskflow/testing/issuer';
import { testSecrets } from '@taskflow/testing/service';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createVerifier, requireIdentity, requireServiceKey } from '../src/identity.ts';
import { Secret } from '../src/secret.ts';
import type { Server } from '../src/server.ts';

/** A key set that counts how often it is fetched, and signs. */
async function keySet() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'first', alg: 'EdDSA' }];
  const state = { status: 200, fetched: 0, keys };
  const server = createHttpServer((_request, response) => {
    state.fetched += 1;
    response.writeHead(state.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: state.keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const sign = (claims: object = {}, { issuer = ISSUER, audience = AUDIENCE, expires = '5m' } = {}) =>
    new SignJWT({ sub: 'ana', sid: 's', name: 'Ana', handle: 'ana', admin: false, workspaces: {}, scopes: ['read', 'write'], ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'first' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(privateKey);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, state, sign };
}

afterEach(() => vi.useRealTimers());

describe('createVerifier', () => {
  it('remembers a good token, and no longer than it is valid', async () => {
    const { url, sign } = await keySet();
    const verify = createVerifier(url);
    const token = await sign({}, { expires: '120s' });
    const first = await verify(token);
    expect(first).toMatchObject({ userId: 'ana', scopes: ['read', 'write'] });
    expect(await verify(token)).toBe(first);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    expect(await verify(token)).toBe(first);
    vi.setSystemTime(Date.now() + 61_000);
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
  });

  it('takes a token that differs in one character for another', async () => {
    const { url, sign } = await keySet();
    const verify = createVerifier(url);
    const token = await sign();
    await verify(token);
    const [head, body, signature] = token.split('.') as [string, string, string];
    const other = signature.startsWith('A') ? 'B' : 'A';
    await expect(verify(`${head}.${body}.${other}${signature.slice(1)}`)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
    await expect(verify(`${head}.${Buffer.from('{"sub":"eve"}').toString('base64url')}.${signature}`)).rejects.toThrow();
  });

  it('fetches the keys once for many tokens', async () => {
    const { url, state, sign } = await keySet();
    const verify = createVerifier(url);
    for (let index = 0; index < 5; index++) await verify(await sign({ sid: String(index) }));
    expect(state.fetched).toBe(1);
  });
});

describe('requireIdentity', () => {
  let app: Server;
  let keys: Awaited<ReturnType<typeof keySet>>;
  beforeAll(async () => {
    keys = await keySet();
    const down = createVerifier('http://127.0.0.1:9');
    app = await testServer(async (server) => {
      await server.register(async (context) => {
        requireIdentity(context as Server, createVerifier(keys.url));
        context.get('/me', async (request) => ({ userId: request.identity.userId }));
        context.post('/me', async () => ({}));
      });
      await server.register(async (context) => {
        requireIdentity(context as Server, down);
        context.get('/down', async () => ({}));
      });
    });
  });
  const ask = (authorization?: string, path = '/me', method = 'GET') =>
    fetch(app.url + path, { method, headers: authorization ? { authorization } : {} });

  it('200 with a good token', async () => {
    const answer = await ask(`Bearer ${await keys.sign()}`);
    expect([answer.status, await answer.json()]).toEqual([200, { userId: 'ana' }]);
  });

  it.each([
    ['none', undefined],
    ['another scheme', 'Basic YTpi'],
    ['no token', 'Bearer x'],
  ])('401 for %s', async (_name, authorization) => {
    const answer = await ask(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('401 for a foreign issuer, audience, key, algorithm, and after the end', async () => {
    const foreign = await testIssuer();
    const tokens = [
      await keys.sign({}, { issuer: 'somebody' }),
      await keys.sign({}, { audience: 'something' }),
      await keys.sign({}, { expires: '-1s' }),
      await foreign.token(),
      new UnsecuredJWT({ sub: 'ana' }).setIssuer(ISSUER).setAudience(AUDIENCE).encode(),
      await new SignJWT({ sub: 'ana' })
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('5m')
        .sign(Buffer.from(keys.state.keys[0]?.x as string)),
    ];
    for (const token of tokens) expect((await ask(`Bearer ${token}`)).status).toBe(401);
  });

  it('403 when the scopes do not cover the method', async () => {
    const token = await keys.sign({ scopes: ['read'] });
    expect((await ask(`Bearer ${token}`)).status).toBe(200);
    expect((await ask(`Bearer ${token}`, '/me', 'POST')).status).toBe(403);
  });

  it('503, not 401, when the keys cannot be had', async () => {
    const answer = await ask(`Bearer ${await keys.sign()}`, '/down');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    const starting = await keySet();
    starting.state.status = 503;
    const server = await testServer((context) => {
      requireIdentity(context, createVerifier(starting.url));
      context.get('/x', async () => ({}));
    });
    expect((await fetch(`${server.url}/x`, { headers: { authorization: `Bearer ${await starting.sign()}` } })).status).toBe(503);
  });
});

it('requireServiceKey accepts each key of the file, and nothing else', async () => {
  const secret = new Secret(testSecrets({ 'tasks-api-key': 'new-key\nold-key\n' }), 'tasks-api-key');
  afterAll(() => secret.close());
  const app = await testServer((server) => {
    requireServiceKey(server, secret);
    server.get('/internal', async () => ({}));
  });
  const ask = async (authorization: string) => (await fetch(`${app.url}/internal`, { headers: { authorization } })).status;
  for (const key of ['new-key', 'old-key']) expect(await ask(`Bearer ${key}`)).toBe(200);
  for (const key of ['new-key old-key', 'new', '']) expect(await ask(`Bearer ${key}`)).toBe(401);
});
