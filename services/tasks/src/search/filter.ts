import type { Identity } from '@taskflow/http/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { may } from '../authorisation.ts';

/** SELECT list of a row `f` of saved_filters: a SavedFilter of contracts/search.ts. */
export const filterColumns = (sql: Sql | Transaction) => sql`
  f.id, f.name, f.query, f.owner_id as "ownerId", f.project_id as "projectId", f.version`;

/** Whether a person may see a filter: their own, and those of projects they may see. */
export const mayUseFilter = (sql: Sql | Transaction, identity: Identity) => sql`
  (case when f.project_id is null then f.owner_id = ${identity.userId}
        else exists (select from projects p where p.id = f.project_id and p.deleted_at is null and ${may(sql, identity, 'project.read')}) end)`;

/** Whether a person may change one: their own, and those of projects they manage. */
export const mayChangeFilter = (sql: Sql | Transaction, identity: Identity) => sql`
  (f.owner_id = ${identity.userId}
   or exists (select from projects p where p.id = f.project_id and ${may(sql, identity, 'project.manage')}))`;
