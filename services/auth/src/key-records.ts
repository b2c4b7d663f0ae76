import type { Sql } from '@taskflow/postgres/database';
import { audit } from './audit.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Key of the advisory lock under which replicas compare the keys one after the other. */
const LOCK = 7281_4474;

/** Records which signing keys are new and which are gone since the last look; once, whatever the number of replicas. */
export async function recordKeys(sql: Sql, keys: SigningKeys): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${LOCK})`;
    const added = await tx<Array<{ kid: string }>>`
      insert into signing_keys (kid) select unnest(${keys.kids}::text[])
      on conflict (kid) do nothing
      returning kid`;
    const removed = await tx<Array<{ kid: string }>>`
      update signing_keys set removed_at = now() where removed_at is null and kid <> all (${keys.kids}::text[])
      returning kid`;
    for (const { kid } of added) await audit(tx, null, { action: 'signing-key.added', subject: `signing-key:${kid}` });
    for (const { kid } of removed) await audit(tx, null, { action: 'signing-key.removed', subject: `signing-key:${kid}` });
  });
}
