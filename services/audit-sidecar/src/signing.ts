import type { Secret } from '@taskflow/http/secret';
import { SettingsError } from '@taskflow/http/settings';
import { v7 } from 'uuid';
import { encodeEntry, type Leaf } from './entry.ts';
import { createSigner, createVerifierOf, type Signer, type Verifier } from './note.ts';

/** What checkpoints are signed as and with. */
export interface Signing {
  origin: string;
  signers: Signer[];
}

/**
 * The keys of the secret file, a JWK set of Ed25519 private keys (RFC 7517, RFC 8037), as signers of this log. All of them
 * sign, so that while a key is rotated those who know only the old or only the new one can verify.
 *
 * To rotate: add the new key beside the old one; give its verifier key (GET /keys) to whoever verifies; when every sidecar
 * has it, take the private part (`d`) out of the old one. What is left of it verifies the checkpoints of its time, here and
 * by `audit verify`.
 * @throws SettingsError when the file is anything else
 */
export function readSigningKeys(secret: Pick<Secret, 'file' | 'value'>, origin: string): Signer[] {
  return readKeys(secret, (keys) => {
    const signers = keys.filter(isPrivate).map((key) => createSigner(origin, key));
    if (signers.length === 0) throw new TypeError('there is no private key in it');
    return signers;
  });
}

/**
 * All keys of the secret file, retired ones included, of which only the public part is left.
 * @throws SettingsError when the file is anything else
 */
export function readVerifiers(secret: Pick<Secret, 'file' | 'value'>, origin: string): Verifier[] {
  return readKeys(secret, (keys) => keys.map((key) => createVerifierOf(origin, key)));
}

const isPrivate = (key: object): boolean => 'd' in key;

function readKeys<T>(secret: Pick<Secret, 'file' | 'value'>, read: (keys: object[]) => T): T {
  try {
    const { keys } = JSON.parse(secret.value) as { keys: object[] };
    if (!Array.isArray(keys) || keys.length === 0) throw new TypeError('there is no key in it');
    return read(keys);
  } catch (error) {
    const expected = 'expected a JWK set of Ed25519 private keys, {"keys":[{"kty":"OKP","crv":"Ed25519","d":…,"x":…}]}';
    // The parser's message would quote the secret.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new SettingsError(`secret file ${secret.file} cannot be used (${reason}): ${expected}`);
  }
}

/** The log's own record of a change of its keys. */
export function keysChanged(signers: Signer[]): Leaf {
  const record = {
    id: v7(),
    at: new Date().toISOString(),
    action: 'audit.signing-keys-changed',
    outcome: 'success' as const,
    actorId: null,
    subject: null,
    workspaceId: null,
    address: null,
    requestId: null,
    details: { keys: signers.map(({ id }) => id.toString('hex')).join(' ') },
  };
  return { record, entry: encodeEntry(record) };
}
