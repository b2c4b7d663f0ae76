import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessTokenClaims, AUDIENCE, ISSUER } from '@taskflow/contracts/identity';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll } from 'vitest';

export interface TestIssuer {
  /** give it to a service as AUTH_URL */
  url: string;
  /** a signed access token with these claims, and usual ones for the rest */
  token(claims?: Partial<AccessTokenClaims>): Promise<string>;
}

/** Stands in the place of auth for the tests of another service: publishes a key set and signs access tokens with it. */
export async function testIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const kid = randomUUID();
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/auth/.well-known/jwks.json' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(keys);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: (claims = {}) =>
      new SignJWT({
        sid: randomUUID(),
        sv: 1,
        name: 'Ana Example',
        handle: 'ana',
        admin: false,
        workspaces: {},
        scopes: ['read', 'write', 'admin'],
        ...claims,
      })
        .setProtectedHeader({ alg: 'EdDSA', kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(claims.sub ?? randomUUID())
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey),
  };
}
