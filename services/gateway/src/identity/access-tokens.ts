import type { AccessTokenClaims, ExchangeAnswer } from '@taskflow/contracts/identity';
import type { Client } from '@taskflow/http/client';
import { requestContext } from '@taskflow/http/context';
import { problems } from '@taskflow/http/problem';
import { decodeJwt, errors } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Static } from 'typebox';
import { type Credential, unauthenticated } from './credential.ts';
import type { Revocations } from './revocations.ts';

export interface AccessToken {
  token: string;
  claims: AccessTokenClaims;
}

const MOST_CACHED = 5000;
/** Milliseconds that a token handed to a backend is still valid for at the least, if its whole life is longer than twice that. */
const MARGIN_MS = 60_000;

/** Turns what a client presents into an access token: sessions and API tokens by asking auth, access tokens by verifying them. */
export class AccessTokens {
  readonly #auth: Client;
  readonly #verify: (token: string) => Promise<unknown>;
  readonly #revocations: Revocations;
  readonly #cache = new LRUCache<string, AccessToken>({ max: MOST_CACHED });
  readonly #pending = new Map<string, Promise<AccessToken>>();

  constructor(auth: Client, verify: (token: string) => Promise<unknown>, revocations: Revocations) {
    this.#auth = auth;
    this.#verify = verify;
    this.#revocations = revocations;
  }

  /** @throws Problem 401 for a credential that does not count (any more), 503 when that cannot be found out */
  async resolve(credential: Credential, address: string): Promise<AccessToken> {
    const key = `${credential.kind} ${credential.value}`;
    const cached = this.#cache.get(key);
    if (cached && this.#revocations.current && !this.#revocations.covers(cached.claims)) return cached;
    if (credential.kind === 'access-token' && !this.#revocations.current) {
      throw unavailable('Whether this token was revoked cannot be found out at the moment');
    }
    const fresh = await this.#once(key, credential, address);
    if (!this.#revocations.covers(fresh.claims)) return fresh;
    if (credential.kind === 'access-token') throw unauthenticated();
    // Revoked while the answer was on its way; a role change revokes the tokens of a session that goes on.
    const again = await this.#once(key, credential, address);
    if (this.#revocations.covers(again.claims)) throw unauthenticated();
    return again;
  }

  /** After sign-out the very next request must not be let in, even before the revocation arrives. */
  forget({ kind, value }: Credential): void {
    this.#cache.delete(`${kind} ${value}`);
  }

  #once(key: string, credential: Credential, address: string): Promise<AccessToken> {
    const pending = this.#pending.get(key);
    if (pending) return pending;
    // The first caller's deadline must not fail those who wait with it.
    const context = requestContext.getStore();
    const load = () =>
      credential.kind === 'access-token' ? this.#verified(key, credential.value) : this.#exchange(key, credential, address);
    const loading = context ? requestContext.run({ ...context, deadline: Number.POSITIVE_INFINITY }, load) : load();
    this.#pending.set(key, loading);
    return loading.finally(() => this.#pending.delete(key));
  }

  async #exchange(key: string, { kind, value }: Credential, address: string): Promise<AccessToken> {
    const body = { kind, credential: value, address };
    const answer = await this.#auth.post<Static<typeof ExchangeAnswer>>('/internal/exchange', body, { timeoutMs: 3000 }).catch((error) => {
      throw unavailable('Who you are cannot be found out at the moment', error);
    });
    if (answer.status === 401) throw unauthenticated();
    if (answer.status !== 200) throw unavailable('Who you are cannot be found out at the moment', `auth answered ${answer.status}`);
    const { accessToken, expiresIn } = answer.body;
    const lifetime = expiresIn * 1000;
    return this.#keep(key, accessToken, lifetime - Math.min(MARGIN_MS, lifetime / 2));
  }

  async #verified(key: string, token: string): Promise<AccessToken> {
    try {
      await this.#verify(token);
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) throw unauthenticated(error);
      throw unavailable('Tokens cannot be verified at the moment', error);
    }
    return this.#keep(key, token, decodeJwt(token).exp! * 1000 - Date.now());
  }

  #keep(key: string, token: string, ttl: number): AccessToken {
    const fresh = { token, claims: decodeJwt<AccessTokenClaims>(token) };
    if (ttl > 0) this.#cache.set(key, fresh, { ttl });
    return fresh;
  }
}

const unavailable = (detail: string, cause?: unknown) => problems.unavailable({ detail, headers: { 'retry-after': '1' }, cause });
