import type { Secret } from '@taskflow/http/secret';
import type { Sql } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import { seal, unseal } from '../keys.ts';

/** Seals with the first key of notifications-signing-key what is still sealed with another, so that the other can go. */
export async function resealSecrets(sql: Sql, signingKey: Secret, log: FastifyBaseLogger): Promise<void> {
  const rows = await sql<Array<{ id: string; secret: Buffer; previousSecret: Buffer | null }>>`
    select id, secret, previous_secret as "previousSecret" from webhooks`;
  for (const { id, secret, previousSecret } of rows) {
    try {
      const resealed = reseal(signingKey, id, secret);
      const previousResealed = previousSecret && reseal(signingKey, id, previousSecret);
      if (resealed === secret && previousResealed === previousSecret) continue;
      await sql`
        update webhooks set secret = ${resealed}, previous_secret = ${previousResealed} where id = ${id} and secret = ${secret}`;
    } catch (error) {
      log.error({ err: error, webhookId: id }, 'the secret of a webhook could not be sealed anew');
    }
  }
}

/** @returns the same buffer when the first key opens it */
function reseal(signingKey: Secret, id: string, sealed: Buffer): Buffer {
  try {
    unseal({ keys: signingKey.keys.slice(0, 1) }, id, sealed);
    return sealed;
  } catch {
    return seal(signingKey, id, unseal(signingKey, id, sealed));
  }
}
