import { createHash, randomBytes } from 'node:crypto';

/** A secret that only its bearer knows: 256 random bits. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is stored of such a secret. Nothing slower is needed: 256 bits cannot be guessed. */
export const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
