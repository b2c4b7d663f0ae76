import type { SavedFilter } from '@taskflow/contracts/search';
import { stale } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import { filterColumns, mayChangeFilter, mayUseFilter } from './filter.ts';

/** Says why a write to a filter touched nothing. */
export async function refuseFilter(sql: Sql, identity: Identity, id: string): Promise<never> {
  const [row] = await sql<Array<SavedFilter & { allowed: boolean }>>`
    select ${filterColumns(sql)}, ${mayChangeFilter(sql, identity)} as allowed
    from saved_filters f where f.id = ${id} and ${mayUseFilter(sql, identity)}`;
  if (!row) throw problems.not_found();
  const { allowed, ...current } = row;
  throw allowed ? stale(current) : problems.forbidden();
}
