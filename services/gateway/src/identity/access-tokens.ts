import type { AccessTokenClaims, ExchangeAnswer } from '@taskflow/contracts/identity';
import type { Client } from '@taskflow/http/client';
import { requestContext } from '@taskflow/http/context';
import { isRefusal } from '@taskflow/http/identity';
import { type Problem, problems } from '@taskflow/http/problem';
import type { FastifyBaseLogger } from 'fastify';
import { decodeJwt } from 'jose';
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
  readonly #log: FastifyBaseLogger;
  readonly #cache = new LRUCache<string, AccessToken>({ max: MOST_CACHED });
  readonly #pending = new Map<string, Promise<AccessToken>>();
  #away = false;

  constructor(auth: Client, verify: (token: string) => Promise<unknown>, revocations: Revocations, log: FastifyBaseLogger) {
    this.#auth = auth;
    this.#verify = verify;
    this.#revocations = revocations;
    this.#log = log;
  }

  /** @throws Problem 401 for a credential that does not count (any more), 503 when that cannot be found out */
  async resolve(credential: Credential, address: string): Promise<AccessToken> {
    if (credential.kind === 'access-token') return this.#verified(credential.value);
    const cached = this.#cache.get(keyOf(credential));
    if (cached && this.#revocations.current && !this.#revocations.covers(cached.claims)) return cached;
    const fresh = await this.#exchangeOnce(credential, address);
    if (!this.#revocations.covers(fresh.claims)) return fresh;
    // Revoked while the answer was on its way; a role change revokes the tokens of a session that goes on.
    const again = await this.#exchangeOnce(credential, address);
    if (this.#revocations.covers(again.claims)) throw unauthenticated();
    return again;
  }

  /** After sign-out or a change of roles the very next request must know, even before the revocation arrives. */
  forget(credential: Credential): void {
    this.#cache.delete(keyOf(credential));
    this.#pending.delete(keyOf(credential)); // its answer may be from before
  }

  async #verified(token: string): Promise<AccessToken> {
    if (!this.#revocations.current) throw unavailable('Whether this token was revoked cannot be found out at the moment');
    try {
      await this.#verify(token);
    } catch (error) {
      if (isRefusal(error)) throw unauthenticated(error);
      throw this.#unavailable('Tokens cannot be verified at the moment', error);
    }
    this.#available();
    const claims = decodeJwt<AccessTokenClaims>(token);
    if (this.#revocations.covers(claims)) throw unauthenticated();
    return { token, claims };
  }

  /** One exchange serves all who wait for it. */
  #exchangeOnce(credential: Credential, address: string): Promise<AccessToken> {
    const key = keyOf(credential);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    // The first caller's deadline must not fail those who wait with it.
    const context = requestContext.getStore();
    const ask = () => this.#exchange(credential, address);
    const answer = context ? requestContext.run({ ...context, deadline: Number.POSITIVE_INFINITY }, ask) : ask();
    const exchanging = answer
      .then(({ expiresIn, ...fresh }) => {
        const lifetime = expiresIn * 1000;
        const ttl = lifetime - Math.min(MARGIN_MS, lifetime / 2);
        if (this.#pending.get(key) === exchanging) this.#cache.set(key, fresh, { ttl });
        return fresh;
      })
      .finally(() => {
        if (this.#pending.get(key) === exchanging) this.#pending.delete(key);
      });
    this.#pending.set(key, exchanging);
    return exchanging;
  }

  async #exchange(credential: Credential, address: string): Promise<AccessToken & { expiresIn: number }> {
    const body = { kind: credential.kind, credential: credential.value, address };
    const asked = this.#auth.post<Static<typeof ExchangeAnswer>>('/internal/exchange', body, { timeoutMs: 3000, repeatable: true });
    const answer = await asked.catch((error) => {
      throw this.#unavailable(UNKNOWN, error);
    });
    if (answer.status >= 500) throw this.#unavailable(UNKNOWN, new Error(`auth answered ${answer.status}`));
    this.#available();
    if (answer.status === 401) throw unauthenticated();
    if (answer.status !== 200) throw unavailable(UNKNOWN, `auth answered ${answer.status}`);
    const { accessToken: token, expiresIn } = answer.body;
    return { token, claims: decodeJwt<AccessTokenClaims>(token), expiresIn };
  }

  /** One line for an outage, not one for each request that it fails. */
  #unavailable(detail: string, cause: unknown): Problem {
    if (!this.#away) this.#log.warn({ err: cause }, 'who people are cannot be found out');
    this.#away = true;
    return unavailable(detail);
  }

  #available(): void {
    if (this.#away) this.#log.info('who people are can be found out again');
    this.#away = false;
  }
}

const UNKNOWN = 'Who you are cannot be found out at the moment';

const keyOf = ({ kind, value }: Credential) => `${kind} ${value}`;

const unavailable = (detail: string, cause?: unknown) => problems.unavailable({ detail, headers: { 'retry-after': '1' }, cause });
