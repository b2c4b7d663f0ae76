import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenClaims, Revocation, RevocationsAnswer } from '@taskflow/contracts/identity';
import type { Client } from '@taskflow/http/client';
import type { FastifyBaseLogger } from 'fastify';
import type { Static } from 'typebox';

/** Longer than any access token lives; what was revoked before that covers no valid token. */
const REMEMBER_MS = 6 * 60_000;
/** A poll is answered within this time even when nothing happens, so that silence is noticed well before STALE_MS. */
const WAIT_SECONDS = 4;
const STALE_MS = 10_000;
const RETRY_MS = { first: 100, most: 500 };

type Claims = Pick<AccessTokenClaims, 'sub' | 'sid' | 'sv'>;

/** Which sessions and accounts must not be let in any more, followed by long polling auth. */
export class Revocations {
  readonly #auth: Client;
  readonly #log: FastifyBaseLogger;
  readonly #stop = new AbortController();
  readonly #sessions = new Map<string, number>();
  readonly #users = new Map<string, { securityVersion: number; until: number }>();
  readonly #listeners: Array<() => void> = [];
  #position: string | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(auth: Client, log: FastifyBaseLogger) {
    this.#auth = auth;
    this.#log = log;
  }

  /** False when auth has been silent for so long that a revocation may have been missed: nothing remembered may be trusted then. */
  get current(): boolean {
    return performance.now() - this.#heardAt < STALE_MS;
  }

  covers({ sid, sub, sv }: Claims): boolean {
    return this.#sessions.has(sid) || sv < (this.#users.get(sub)?.securityVersion ?? 0);
  }

  onRevoked(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Resolves when what is revoked so far is known; then goes on following it.
   * @throws Error when auth does not tell: to be called again
   */
  async begin(): Promise<void> {
    await this.#poll(this.#stop.signal);
    void this.#follow();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      try {
        // After a failure at once, for until then nobody with an access token of their own can be let in.
        await this.#poll(signal, failures > 0 ? 0 : WAIT_SECONDS);
        if (failures > 0) this.#log.info({ failures }, 'revocations are followed again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (failures === 0) this.#log.warn({ err: error }, 'revocations cannot be followed');
        await sleep(Math.min(RETRY_MS.first * 2 ** failures, RETRY_MS.most), undefined, { signal }).catch(() => {});
        failures++;
      }
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #poll(signal: AbortSignal, waitSeconds = 0): Promise<void> {
    const after = this.#position === undefined ? '' : `&after=${encodeURIComponent(this.#position)}`;
    const answer = await this.#auth.get<Static<typeof RevocationsAnswer>>(`/internal/revocations?wait=${waitSeconds}${after}`, {
      timeoutMs: (waitSeconds + 3) * 1000,
      signal,
    });
    if (answer.status === 400) this.#position = undefined; // not one of this auth: begin again with all that matter still
    if (answer.status !== 200) throw new Error(`auth answered ${answer.status}`);
    this.#position = answer.body.position;
    this.#heardAt = performance.now();
    this.#forget();
    for (const revocation of answer.body.revocations) this.#remember(revocation);
    if (answer.body.revocations.length > 0) for (const listener of this.#listeners) listener();
  }

  #remember({ kind, subject, securityVersion = 0 }: Static<typeof Revocation>): void {
    const until = performance.now() + REMEMBER_MS;
    if (kind === 'session') this.#sessions.set(subject, until);
    else this.#users.set(subject, { securityVersion: Math.max(securityVersion, this.#users.get(subject)?.securityVersion ?? 0), until });
  }

  #forget(): void {
    const now = performance.now();
    for (const [sid, until] of this.#sessions) if (until < now) this.#sessions.delete(sid);
    for (const [sub, { until }] of this.#users) if (until < now) this.#users.delete(sub);
  }
}
