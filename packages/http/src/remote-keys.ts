import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

const COOLDOWN_MS = 5000;
const FRESH_MS = 300_000;
const TIMEOUT_MS = 3000;

/**
 * The published keys at a URL (JWK Set, RFC 7517), fetched at the first use, when they are no longer fresh, and when a
 * token names an unknown key, at most once in a few seconds. As jose's createRemoteJWKSet, which by its Headers loads
 * Node's whole fetch: 10 MB in every service.
 */
export function remoteKeys(url: URL): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = 0;
  let pending: Promise<JWTVerifyGetKey> | undefined;

  const reload = (): Promise<JWTVerifyGetKey> => {
    pending ??= fetchKeys(url)
      .then((set) => {
        fetchedAt = performance.now();
        keys = createLocalJWKSet(set);
        return keys;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  return async (header, token) => {
    const age = performance.now() - fetchedAt;
    const known = keys && age < FRESH_MS ? keys : await reload();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || performance.now() - fetchedAt < COOLDOWN_MS) throw error;
      return (await reload())(header, token);
    }
  };
}

async function fetchKeys(url: URL): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request = get(url, { headers: { accept: 'application/json' }, signal });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${url.href} answers ${response.statusCode}`);
  }
  return JSON.parse(await text(response)) as JSONWebKeySet;
}
