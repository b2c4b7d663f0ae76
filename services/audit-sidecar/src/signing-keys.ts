import type { Secret } from '@taskflow/http/secret';
import { SettingsError } from '@taskflow/http/settings';
import { createSigner, type Signer } from './note.ts';

/**
 * The keys of the secret file, a JWK set of Ed25519 private keys (RFC 7517, RFC 8037), as signers of this log. All of them
 * sign, so that while a key is rotated those who know only the old or only the new one can verify.
 * @throws SettingsError when the file is anything else
 */
export function readSigningKeys(secret: Secret, origin: string): Signer[] {
  try {
    const { keys } = JSON.parse(secret.value) as { keys: object[] };
    if (keys.length === 0) throw new TypeError('there is no key in it');
    return keys.map((key) => createSigner(origin, key));
  } catch (error) {
    const expected = 'expected a JWK set of Ed25519 private keys, {"keys":[{"kty":"OKP","crv":"Ed25519","d":…,"x":…}]}';
    // The parser's message would quote the secret.
    const reason = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    throw new SettingsError(`secret file ${secret.file} cannot be used (${reason}): ${expected}`);
  }
}
