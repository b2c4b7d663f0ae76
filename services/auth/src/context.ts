import type { Sql } from '@taskflow/postgres/database';
import type { Settings } from './settings.ts';
import type { Signal } from './signal.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  settings: Settings;
  keys: SigningKeys;
  /** raised when there are new revocations */
  revocationSignal: Signal;
}
