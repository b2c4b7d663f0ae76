import type { Sql } from '@taskflow/postgres/database';
import type { Log } from './log.ts';
import type { Signing } from './signing.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  log: Log;
  /** The origin and the keys as they are now. */
  signing: () => Signing;
}
