import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes this machine's secrets once; later starts find them. Nothing here is a default: all is random. */
export class SecretStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The folder that a service reads, as a mounted Secret would be: one file a secret. */
  folder(service: string): string {
    const folder = join(this.#folder, service);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** A secret that several services share, such as an API key. */
  shared(name: string): string {
    const file = join(this.folder('shared'), name);
    if (!existsSync(file)) writeFileSync(file, generate(name), { mode: 0o600 });
    return readFileSync(file, 'utf8');
  }

  write(service: string, name: string, value: string): void {
    writeFileSync(join(this.folder(service), name), value, { mode: 0o600 });
  }
}

/** These hold a JWK set of Ed25519 private keys (RFC 7517, RFC 8037); all others a random string. */
const SIGNING_KEYS = new Set(['jwt-secret', 'audit-signing-key']);

function generate(name: string): string {
  if (SIGNING_KEYS.has(name)) return signingKeySet();
  return randomBytes(24).toString('base64url');
}

function signingKeySet(): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return JSON.stringify({ keys: [{ ...jwk, kid: randomBytes(8).toString('hex'), alg: 'EdDSA', use: 'sig' }] });
}
