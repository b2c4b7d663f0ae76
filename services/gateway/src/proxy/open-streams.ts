import type { AccessTokenClaims } from '@taskflow/contracts/identity';

interface OpenStream {
  claims: AccessTokenClaims | undefined;
  end: () => void;
}

/** Answers without an end (SSE), so that they can be ended when their session is revoked or the gateway shuts down. */
export class OpenStreams {
  readonly #streams = new Set<OpenStream>();

  get size(): number {
    return this.#streams.size;
  }

  /** @returns a function that forgets the stream */
  add(stream: OpenStream): () => void {
    this.#streams.add(stream);
    return () => this.#streams.delete(stream);
  }

  endWhere(revoked: (claims: AccessTokenClaims) => boolean): void {
    for (const { claims, end } of this.#streams) if (claims && revoked(claims)) end();
  }

  endAll(): void {
    for (const { end } of this.#streams) end();
  }
}
