import type { Sql } from '@taskflow/postgres/database';
import type { Attachments } from './attachments/attachments.ts';
import type { Directory } from './directory.ts';

/** What the operations work with. */
export interface Context {
  sql: Sql;
  directory: Directory;
  attachments: Attachments;
}
