import type { Sql } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import type { IngestionMetrics } from './gauges.ts';
import type { Settings } from './settings.ts';

/** What the operations need. */
export interface Context {
  sql: Sql;
  settings: Static<typeof Settings>;
  ingestion: IngestionMetrics;
}
