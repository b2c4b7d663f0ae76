import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@taskflow/http/secret';

/*
 * Two uses of the secret notifications-signing-key, each with a key of its own derived by HKDF-SHA256 (RFC 5869), so that
 * neither can stand in for the other. The secret may hold two keys, one a line, while it is rotated: the first makes, all
 * are accepted. Webhook secrets are sealed anew as soon as there is another first key (src/webhooks/reseal.ts), so the old
 * one can go when unsubscribing by older mail no longer matters.
 */
const derive = (key: string, use: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `taskflow notifications ${use}`, 32));

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Webhook secrets at rest: AES-256-GCM as nonce ‖ tag ‖ ciphertext, bound to their webhook (additional data), so that a
 * row copied to another webhook does not open. A random 96-bit nonce is safe for 2³² secrets (NIST SP 800-38D, 8.3).
 */
export function seal(signingKey: Secret, webhookId: string, secret: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', derive(signingKey.keys[0] as string, 'webhook secrets'), nonce).setAAD(
    Buffer.from(webhookId),
  );
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** @throws Error when none of the keys opens it */
export function unseal({ keys }: { keys: string[] }, webhookId: string, sealed: Buffer): string {
  for (const key of keys) {
    const decipher = createDecipheriv('aes-256-gcm', derive(key, 'webhook secrets'), sealed.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(webhookId))
      .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
    } catch {
      // sealed with another key
    }
  }
  throw new Error('the secret of this webhook was sealed with a key that is no longer in notifications-signing-key');
}

/** A text that only we can have made, for links that work without signing in. */
export const sign = (signingKey: Secret, text: string): string => signWith(signingKey.keys[0] as string, text);

/** @returns the text, or undefined when we did not make it */
export function verify(signingKey: Secret, token: string): string | undefined {
  const text = Buffer.from(token.split('.')[0] as string, 'base64url').toString();
  const given = Buffer.from(token);
  const matches = signingKey.keys.map((key) => {
    const made = Buffer.from(signWith(key, text));
    return made.length === given.length && timingSafeEqual(made, given);
  });
  return matches.includes(true) ? text : undefined;
}

function signWith(key: string, text: string): string {
  const mac = createHmac('sha256', derive(key, 'links')).update(text).digest('base64url');
  return `${Buffer.from(text).toString('base64url')}.${mac}`;
}
