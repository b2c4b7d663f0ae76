import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Secret } from '@taskflow/http/secret';
import { SettingsError } from '@taskflow/http/settings';
import { calculateJwkThumbprint, createLocalJWKSet, importJWK, type JWK, type JWTPayload, type JWTVerifyGetKey, SignJWT } from 'jose';

/** A private signing key as the secret file holds it (RFC 8037), and when it begins to sign. */
export interface SigningKey {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
  d: string;
  kid: string;
  /** RFC 3339. Until then the key is published only, so that every verifier knows it when the first token comes. */
  activeFrom?: string;
}

/** Newest first. */
export interface SigningKeySet {
  keys: SigningKey[];
}

/** Longer than a mounted Secret takes to reach every replica (kubelet: about a minute) and their key sets every verifier. */
const PUBLISH_AHEAD_MS = 5 * 60_000;
/** Longer than the last token of a replaced key lives. */
const KEEP_REPLACED_MS = 60 * 60_000;

export async function createKey(activeFrom: Date): Promise<SigningKey> {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as { x: string; d: string };
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
  return { kty: 'OKP', crv: 'Ed25519', x, d, kid, activeFrom: activeFrom.toISOString() };
}

/** Adds a key that signs in five minutes and drops those that were replaced more than an hour ago. */
export async function rotate({ keys }: SigningKeySet, now: Date): Promise<SigningKeySet> {
  const kept = keys.filter((_key, index) => {
    const successor = keys[index - 1];
    return !successor || now.getTime() - activeSince(successor) < KEEP_REPLACED_MS;
  });
  return { keys: [await createKey(new Date(now.getTime() + PUBLISH_AHEAD_MS)), ...kept] };
}

const activeSince = ({ activeFrom }: SigningKey): number => (activeFrom === undefined ? 0 : Date.parse(activeFrom));

/** @throws Error that says what is wrong with the text, and does not quote it */
export function parseKeySet(text: string): SigningKeySet {
  let set: SigningKeySet;
  try {
    set = JSON.parse(text);
  } catch {
    throw new Error('it is not JSON');
  }
  const isKey = (key: SigningKey) =>
    key.kty === 'OKP' && key.crv === 'Ed25519' && key.x && key.d && key.kid && !Number.isNaN(activeSince(key));
  if (!Array.isArray(set?.keys) || set.keys.length === 0 || !set.keys.every(isKey)) {
    throw new Error('expected {"keys": […]} of private Ed25519 keys, each with a kid');
  }
  return set;
}

/** The key set of the mounted `jwt-secret`; follows changes of the file. A bad new version leaves the last good one in place. */
export class SigningKeys {
  #loaded: Loaded;

  private constructor(loaded: Loaded) {
    this.#loaded = loaded;
  }

  /**
   * @param changed called after another version of the file has been taken, or could not be
   * @throws SettingsError when the file is not a key set
   */
  static async open(secret: Secret, changed: (error?: unknown) => void): Promise<SigningKeys> {
    let keys: SigningKeys;
    try {
      keys = new SigningKeys(await load(secret.value));
    } catch (error) {
      throw new SettingsError(
        `secret file ${secret.file}: ${(error as Error).message}; make one with: node src/keys.ts new ${secret.file}`,
      );
    }
    secret.onChange(() => {
      load(secret.value).then((loaded) => {
        keys.#loaded = loaded;
        changed();
      }, changed);
    });
    return keys;
  }

  get kids(): string[] {
    return this.#loaded.set.keys.map(({ kid }) => kid);
  }

  /** The public key set as JSON (RFC 7517), and its entity tag. */
  get published(): { body: string; tag: string } {
    return this.#loaded.published;
  }

  /** Finds the key of a token, for jwtVerify. */
  get verification(): JWTVerifyGetKey {
    return this.#loaded.verification;
  }

  /** Signs with the first key that is active. */
  async sign(claims: JWTPayload): Promise<string> {
    const { set, privateKeys } = this.#loaded;
    const now = Date.now();
    const index = set.keys.findIndex((key) => activeSince(key) <= now);
    const chosen = index === -1 ? set.keys.length - 1 : index;
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: set.keys[chosen]!.kid }).sign(privateKeys[chosen]!);
  }
}

type Loaded = Awaited<ReturnType<typeof load>>;

async function load(text: string) {
  const set = parseKeySet(text);
  const privateKeys = await Promise.all(set.keys.map(({ kty, crv, x, d }) => importJWK({ kty, crv, x, d }, 'EdDSA')));
  const keys: JWK[] = set.keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }));
  const body = JSON.stringify({ keys });
  return {
    set,
    privateKeys,
    published: { body, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` },
    verification: createLocalJWKSet({ keys }),
  };
}
