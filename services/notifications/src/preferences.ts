import type { NotifyReason } from '@taskflow/contracts/events';
import type { EmailMode, Preferences } from '@taskflow/contracts/notifications';
import type { Sql, Transaction } from '@taskflow/postgres/database';

export type KindPreferences = Record<NotifyReason, { inbox: boolean; email: EmailMode }>;
/** What the row holds: only what was chosen. */
export type ChosenKinds = Partial<Record<NotifyReason, Partial<KindPreferences[NotifyReason]>>>;

/** For who has chosen nothing: at once where a person is called on, once a day for the talk, no e-mail for the rest. */
const DEFAULT_KINDS: KindPreferences = {
  assigned: { inbox: true, email: 'instant' },
  mentioned: { inbox: true, email: 'instant' },
  commented: { inbox: true, email: 'digest' },
  watching: { inbox: true, email: 'off' },
  due: { inbox: true, email: 'instant' },
};
export const REASONS = Object.keys(DEFAULT_KINDS) as NotifyReason[];

export const completeKinds = (chosen: ChosenKinds): KindPreferences =>
  Object.fromEntries(REASONS.map((reason) => [reason, { ...DEFAULT_KINDS[reason], ...chosen[reason] }])) as KindPreferences;

export interface PreferencesRow {
  kinds: ChosenKinds;
  timeZone: string;
  quietStart: string | null;
  quietEnd: string | null;
  digestTime: string;
  version: number;
}

/** Of who has none yet: the defaults, as version 0. */
export async function readPreferences(sql: Sql | Transaction, userId: string): Promise<PreferencesRow & { address: string | null }> {
  const [row] = await sql<Array<PreferencesRow & { address: string | null }>>`
    select coalesce(kinds, '{}') as kinds, coalesce(time_zone, 'UTC') as "timeZone", to_char(quiet_start, 'HH24:MI') as "quietStart",
      to_char(quiet_end, 'HH24:MI') as "quietEnd", coalesce(to_char(digest_time, 'HH24:MI'), '08:00') as "digestTime",
      coalesce(version, 0) as version, email as address
    from (select ${userId}::uuid as user_id) as asked
    left join preferences using (user_id)
    left join people using (user_id)`;
  return row!;
}

/** Reads the row under a lock, so that of two changes the second sees the first. */
export async function lockPreferences(tx: Transaction, userId: string): Promise<PreferencesRow & { address: string | null }> {
  await tx`insert into preferences (user_id) values (${userId}) on conflict do nothing`;
  await tx`select from preferences where user_id = ${userId} for update`;
  return readPreferences(tx, userId);
}

export async function writePreferences(tx: Transaction, userId: string, row: PreferencesRow): Promise<void> {
  await tx`
    update preferences set kinds = ${tx.json(row.kinds)}, time_zone = ${row.timeZone}, quiet_start = ${row.quietStart},
      quiet_end = ${row.quietEnd}, digest_time = ${row.digestTime}, version = ${row.version}
    where user_id = ${userId}`;
}

export const toPreferences = (row: PreferencesRow & { address: string | null }, emailAvailable: boolean): Preferences => ({
  kinds: completeKinds(row.kinds),
  timeZone: row.timeZone,
  quietHours: row.quietStart && row.quietEnd ? { start: row.quietStart, end: row.quietEnd } : null,
  digestTime: row.digestTime,
  email: { available: emailAvailable, address: row.address },
  version: row.version,
});
