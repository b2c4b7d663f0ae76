import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** Signed notes with Ed25519, https://c2sp.org/signed-note */

export interface Verifier {
  name: string;
  /** first four bytes of SHA-256(name, newline, 0x01, public key) */
  id: Buffer;
  publicKey: KeyObject;
}

export interface Signer extends Verifier {
  privateKey: KeyObject;
}

/** Signature type identifier of Ed25519. */
const ED25519 = Buffer.from([1]);
const ID_SIZE = 4;
/** DER of a SubjectPublicKeyInfo with an Ed25519 key up to the key itself, RFC 8410. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u;
const KEY_NAME = /^[^\s+]+$/u;

/** @throws TypeError when the key is not Ed25519 or the name has a space or plus */
export function createSigner(name: string, jwk: object): Signer {
  const privateKey = createPrivateKey({ key: jwk as never, format: 'jwk' });
  return { ...createVerifier(name, createPublicKey(privateKey)), privateKey };
}

/**
 * @param jwk of an Ed25519 key, private or public
 * @throws TypeError as createSigner
 */
export const createVerifierOf = (name: string, jwk: object): Verifier =>
  createVerifier(name, createPublicKey({ key: jwk as never, format: 'jwk' }));

function createVerifier(name: string, publicKey: KeyObject): Verifier {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError(`the key is of type ${publicKey.asymmetricKeyType}, not ed25519`);
  if (!KEY_NAME.test(name)) throw new TypeError(`key name ${JSON.stringify(name)} is empty or has a space or plus`);
  return { name, id: keyId(name, rawKey(publicKey)), publicKey };
}

/** A verifier key in the form that Go's sumdb/note made common: name+id+base64(type, public key). */
export function formatVerifier({ name, id, publicKey }: Verifier): string {
  return `${name}+${id.toString('hex')}+${Buffer.concat([ED25519, rawKey(publicKey)]).toString('base64')}`;
}

/** @throws TypeError for anything formatVerifier did not make */
export function parseVerifier(text: string): Verifier {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (!name || !key.subarray(0, 1).equals(ED25519)) throw new TypeError(`${text} is no Ed25519 verifier key: expected name+id+base64`);
  const verifier = createVerifier(
    name,
    createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key.subarray(1)]), format: 'der', type: 'spki' }),
  );
  if (verifier.id.toString('hex') !== id) throw new TypeError(`verifier key ${text} is damaged: its id does not fit its key`);
  return verifier;
}

/** @param text ends with a newline */
export function signNote(text: string, signers: Signer[]): string {
  const lines = signers.map(({ name, id, privateKey }) => {
    const signature = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);
    return `— ${name} ${signature.toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** A note that must not be believed. */
export class NoteError extends Error {
  override name = 'NoteError';
}

/**
 * Checks the signatures and gives what was signed.
 * @returns which of the verifiers signed (at least one), and how many signatures were of unknown keys
 * @throws NoteError when it is no note, a known key's signature is wrong, or no known key signed
 */
export function openNote(note: string, verifiers: Verifier[]): { text: string; signedBy: Verifier[]; unknown: number } {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('this is no signed note');
  const text = note.slice(0, end + 1);
  const signedBy: Verifier[] = [];
  let unknown = 0;
  for (const line of note.slice(end + 2, -1).split('\n')) {
    const [, name, base64] = SIGNATURE_LINE.exec(line) ?? [];
    if (!name || !base64) throw new NoteError('a line of the note is no signature');
    const bytes = Buffer.from(base64, 'base64');
    const verifier = verifiers.find((known) => known.name === name && known.id.equals(bytes.subarray(0, ID_SIZE)));
    if (!verifier) unknown += 1;
    else if (bytes.toString('base64') === base64 && verify(null, Buffer.from(text), verifier.publicKey, bytes.subarray(ID_SIZE)))
      signedBy.push(verifier);
    else throw new NoteError(`the signature of ${name} is wrong`);
  }
  if (signedBy.length === 0) throw new NoteError('no known key has signed the note');
  return { text, signedBy, unknown };
}

const rawKey = (publicKey: KeyObject): Buffer => publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);

const keyId = (name: string, key: Buffer): Buffer =>
  createHash('sha256').update(`${name}\n`).update(ED25519).update(key).digest().subarray(0, ID_SIZE);
