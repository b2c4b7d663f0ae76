import type { Secret } from '@taskflow/http/secret';
import type { Sql } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import type { Settings } from './settings.ts';

/** What the operations need. */
export interface Context {
  sql: Sql;
  settings: Static<typeof Settings>;
  tasksKey: Secret;
  gatewayKey: Secret;
}
