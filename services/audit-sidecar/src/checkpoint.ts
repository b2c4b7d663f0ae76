import { HASH_SIZE, type Hash } from './merkle.ts';
import { NoteError, openNote, type Signer, signNote, type Verifier } from './note.ts';

/** A signed tree head, https://c2sp.org/tlog-checkpoint */
export interface Checkpoint {
  size: number;
  root: Hash;
}

export function signCheckpoint(origin: string, { size, root }: Checkpoint, signers: Signer[]): string {
  return signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, signers);
}

/**
 * @returns the tree head, which of the verifiers signed it and how many signatures were of unknown keys
 * @throws NoteError when its signature is wrong, or it is not of this log
 */
export function openCheckpoint(origin: string, note: string, verifiers: Verifier[]) {
  const { text, signedBy, unknown } = openNote(note, verifiers);
  const [first, size, base64, ...rest] = text.split('\n');
  if (first !== origin) throw new NoteError(`the checkpoint is of the log ${JSON.stringify(first)}, not of ${JSON.stringify(origin)}`);
  const root = Buffer.from(base64 ?? '', 'base64');
  const wellFormed = /^(0|[1-9]\d{0,15})$/.test(size ?? '') && root.length === HASH_SIZE && root.toString('base64') === base64;
  if (!wellFormed || rest.join('\n') !== '') throw new NoteError('this is no checkpoint');
  return { size: Number(size), root, signedBy, unknown };
}
