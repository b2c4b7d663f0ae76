import type { AccessTokenClaims } from '@taskflow/contracts/identity';

/** @param lastOfConnection closes the connection as well, for which a shutdown would have to wait otherwise */
export type EndStream = (lastOfConnection?: boolean) => void;

interface OpenStream {
  /** whose streams are counted together: a person, or an address */
  owner: string;
  claims: AccessTokenClaims | undefined;
  end: EndStream;
}

/**
 * Answers without an end (SSE), so that they can be ended when their session is revoked or the gateway shuts down. One owner has
 * so many of them at most; then the oldest makes room, as whoever opened it has most likely forgotten it.
 */
export class OpenStreams {
  readonly #most: number;
  readonly #isRevoked: (claims: AccessTokenClaims) => boolean;
  /** by owner, oldest first */
  readonly #streams = new Map<string, Set<OpenStream>>();

  constructor(most: number, isRevoked: (claims: AccessTokenClaims) => boolean) {
    this.#most = most;
    this.#isRevoked = isRevoked;
  }

  get size(): number {
    return [...this.#streams.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns a function that forgets the stream */
  add(stream: OpenStream): () => void {
    const { owner } = stream;
    const streams = this.#streams.get(owner) ?? new Set();
    this.#streams.set(owner, streams.add(stream));
    if (streams.size > this.#most) streams.values().next().value?.end();
    this.#endIfRevoked(stream); // while the service was thinking about its answer
    return () => {
      streams.delete(stream);
      if (streams.size === 0 && this.#streams.get(owner) === streams) this.#streams.delete(owner);
    };
  }

  endRevoked(): void {
    for (const streams of this.#streams.values()) for (const stream of streams) this.#endIfRevoked(stream);
  }

  /** At shutdown. */
  endAll(): void {
    for (const streams of this.#streams.values()) for (const { end } of streams) end(true);
  }

  #endIfRevoked({ claims, end }: OpenStream): void {
    if (claims && this.#isRevoked(claims)) end();
  }
}
