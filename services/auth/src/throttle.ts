import type { Sql, Transaction } from '@taskflow/postgres/database';
import { digest } from './opaque.ts';
import { authProblems } from './problems.ts';

/** A leaky bucket: `capacity` attempts at once, then one more every `seconds`. Kept in PostgreSQL, so it holds across replicas. */
export interface Limit {
  name: string;
  capacity: number;
  seconds: number;
}

/** One account from one network: 8 tries, then 144 a day. */
export const accountFromNetwork: Limit = { name: 'account+network', capacity: 8, seconds: 600 };
/** One account from everywhere: slows a distributed attack. Networks the person has signed in from are exempt: no lock-out. */
export const account: Limit = { name: 'account', capacity: 50, seconds: 120 };
/** All accounts from one network: slows trying one password on many accounts. The same exemption. */
export const fromNetwork: Limit = { name: 'network', capacity: 60, seconds: 30 };
/** Present passwords tried with a session at hand, which may be stolen. */
export const presentPassword: Limit = { name: 'present-password', capacity: 8, seconds: 600 };
/** Guesses of links and tokens. 256 bits cannot be guessed; this only keeps the attempts from costing. */
export const links: Limit = { name: 'links', capacity: 60, seconds: 10 };

/** Name and subject are hashed: the table holds no address or e-mail in the clear. */
const bucketOf = ({ name }: Limit, subject: string) => digest(`${name}\n${subject}`);

/**
 * Counts an attempt before it is made, so that attempts at the same moment cannot pass together.
 * @throws Problem 429 with Retry-After when the bucket is full; a refused attempt does not fill it further
 */
export async function take(sql: Sql, limit: Limit, subject: string): Promise<void> {
  const [bucket] = await sql<Array<{ refused: boolean; wait: number }>>`
    insert into throttles as t (bucket, level, capacity, seconds, refused, last_at)
    values (${bucketOf(limit, subject)}, 1, ${limit.capacity}, ${limit.seconds}, false, now())
    on conflict (bucket) do update set (level, capacity, seconds, refused, last_at) = (
      select case when left_over + 1 > excluded.capacity then left_over else left_over + 1 end,
             excluded.capacity, excluded.seconds, left_over + 1 > excluded.capacity, excluded.last_at
      from (select greatest(0, t.level - extract(epoch from excluded.last_at - t.last_at) / t.seconds) as left_over) as drained
    )
    returning refused, ceil((level + 1 - capacity) * seconds)::int as wait`;
  if (bucket!.refused) throw authProblems.too_many_attempts({ headers: { 'retry-after': String(Math.max(1, bucket!.wait)) } });
}

/** Takes back an attempt that turned out to be rightful. */
export async function giveBack(tx: Sql | Transaction, limit: Limit, subject: string): Promise<void> {
  await tx`update throttles set level = greatest(0, level - 1) where bucket = ${bucketOf(limit, subject)}`;
}

/** Forgets all attempts. */
export async function empty(tx: Sql | Transaction, limit: Limit, subject: string): Promise<void> {
  await tx`delete from throttles where bucket = ${bucketOf(limit, subject)}`;
}
