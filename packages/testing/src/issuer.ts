import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccessTokenClaims, AUDIENCE, type DirectoryEntry, ISSUER } from '@taskflow/contracts/identity';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll } from 'vitest';

export interface TestIssuer {
  /** give it to a service as AUTH_URL */
  url: string;
  /** workspace id → who is in it, as GET /internal/workspaces/:id/members and /internal/users answer */
  members: Map<string, DirectoryEntry[]>;
  /** true: every call is answered with 503 */
  down: boolean;
  /** a signed access token with these claims, and usual ones for the rest */
  token(claims?: Partial<AccessTokenClaims>): Promise<string>;
}

const MEMBERS = /^\/internal\/workspaces\/([^/]+)\/members$/;
const USERS = /^\/internal\/users\?ids=([0-9a-f,-]*)$/;

/** Stands in the place of auth for the tests of another service: publishes a key set, signs access tokens, knows who is where. */
export async function testIssuer(): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const kid = randomUUID();
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] });
  const members: TestIssuer['members'] = new Map();
  const server = createServer(({ url = '' }, response) => {
    if (issuer.down) return response.writeHead(503).end();
    const workspaceId = MEMBERS.exec(url)?.[1];
    const ids = USERS.exec(url)?.[1]?.split(',');
    const everyone = ids && new Map([...members.values()].flat().map((entry) => [entry.userId, entry]));
    const directory = ids?.flatMap((id) => everyone?.get(id) ?? []) ?? (workspaceId && (members.get(workspaceId) ?? []));
    const known = directory || url === '/auth/.well-known/jwks.json';
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    return response.end(directory ? JSON.stringify({ items: directory }) : keys);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer: TestIssuer = {
    down: false,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    members,
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
        .setExpirationTime(claims.exp ?? '5m')
        .sign(privateKey),
  };
  return issuer;
}
