import { problems } from '@taskflow/http/problem';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';

export interface RateLimitOptions {
  name: string;
  /** requests that `windowSeconds` allow, all at once or spread */
  quota: number;
  windowSeconds: number;
  now?: () => number;
}

/** Bounded, so that many addresses cannot fill the memory; the least active are forgotten first, which only favours them. */
const MOST_KEYS = 20_000;

/**
 * The generic cell rate algorithm (ITU-T I.371): per key only the time at which its whole quota is free again. One gateway
 * process counts for itself: with n replicas the budget is n times as large at the most.
 */
export class RateLimit {
  readonly #options: Required<RateLimitOptions>;
  readonly #freeAt = new LRUCache<string, number>({ max: MOST_KEYS });
  readonly policy: string;

  constructor(options: RateLimitOptions) {
    this.#options = { now: () => performance.now(), ...options };
    this.policy = `"${options.name}";q=${options.quota};w=${options.windowSeconds}`;
  }

  /**
   * Takes one request from the key's quota and tells the client, by the fields of draft-ietf-httpapi-ratelimit-headers-10.
   * @throws Problem 429 with Retry-After, when nothing is left
   */
  take(key: string, reply: FastifyReply): void {
    const { name, quota, windowSeconds, now } = this.#options;
    const window = windowSeconds * 1000;
    const cell = window / quota;
    const time = now();
    const freeAt = Math.max(this.#freeAt.get(key) ?? 0, time) + cell;
    const excess = freeAt - time - window;
    // Half a cell of tolerance: sums of floating point numbers must not cost a request.
    const allowed = excess <= cell / 2;
    if (allowed) this.#freeAt.set(key, freeAt);
    const remaining = allowed ? Math.floor((time + window - freeAt) / cell + 0.5) : 0;
    const seconds = Math.ceil(Math.round(allowed ? freeAt - time : excess) / 1000);
    append(reply, 'ratelimit-policy', this.policy);
    append(reply, 'ratelimit', `"${name}";r=${remaining};t=${seconds}`);
    if (!allowed) {
      const headers = { 'retry-after': String(Math.max(1, seconds)) };
      throw problems.too_many_requests({ headers, members: { 'violated-policies': [name] } });
    }
  }
}

function append(reply: FastifyReply, name: string, value: string): void {
  const before = reply.getHeader(name);
  reply.header(name, before === undefined ? value : `${before}, ${value}`);
}
