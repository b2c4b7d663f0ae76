import type { Client } from '@taskflow/http/client';
import type { Sql } from '@taskflow/postgres/database';
import type { Settings } from './settings.ts';
import type { Signal } from './signal.ts';
import type { SigningKeys } from './signing-keys.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  settings: Settings;
  keys: SigningKeys;
  /** the audit sidecar */
  auditLog: Client;
  /** raised when there may be new revocations */
  revocationSignal: Signal;
}
