import type { Sql } from '@taskflow/postgres/database';
import type { Signing } from './commit.ts';
import type { Log } from './log.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  log: Log;
  /** The origin and the keys as they are now. */
  signing: () => Signing;
}
