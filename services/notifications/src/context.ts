import type { Secret } from '@taskflow/http/secret';
import type { Sql } from '@taskflow/postgres/database';

/** What the operations share. */
export interface Context {
  sql: Sql;
  serviceKey: Secret;
  /** whether this installation sends e-mail */
  emailAvailable: boolean;
}
