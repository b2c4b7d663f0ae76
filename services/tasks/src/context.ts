import type { Sql } from '@taskflow/postgres/database';
import type { Directory } from './directory.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  directory: Directory;
}
