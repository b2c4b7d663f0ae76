export type FailureKind = 'connect' | 'timeout' | 'aborted' | 'reset' | 'bad_response' | 'circuit_open';

/** No usable answer came from a target. (An answer with an error status is no failure: the caller reads its status.) */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly target: string;
  readonly kind: FailureKind;

  constructor(target: string, kind: FailureKind, message: string, cause?: unknown) {
    super(`${target}: ${message}`, { cause });
    this.target = target;
    this.kind = kind;
  }
}
