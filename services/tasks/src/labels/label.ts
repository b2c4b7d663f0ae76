import type { Label } from '@taskflow/contracts/tasks';
import { stale } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { may, WORKSPACE_PERMISSIONS } from '../authorisation.ts';
import type { EventContext } from '../events.ts';
import { problems } from '../problems.ts';

/** SELECT list of a row `l` of labels: a Label of contracts/tasks.ts. */
export const labelColumns = (sql: Sql | Transaction) => sql`
  l.id, l.workspace_id as "workspaceId", l.project_id as "projectId", l.name, l.color, l.version`;

/** @throws Problem 404 for a workspace of others, 403 for guests */
export function requireLabelEdit({ workspaces }: Identity, workspaceId: string): void {
  const role = workspaces[workspaceId];
  if (!role) throw common.not_found('You are in no such workspace');
  if (!WORKSPACE_PERMISSIONS['label.edit'].includes(role)) throw common.forbidden('Guests do not change labels of the workspace');
}

/**
 * A label that the person may change, locked until the transaction ends.
 * @throws Problem 404, 403, 409 in an archived project, 412
 */
export async function lockLabel(tx: Transaction, identity: Identity, id: string, version: number): Promise<Label> {
  const [row] = await tx<Array<Label & { edits: boolean; archived: boolean }>>`
    select ${labelColumns(tx)}, coalesce(p.archived, false) as archived, ${may(tx, identity, 'task.edit')} as edits
    from labels l left join projects p on p.id = l.project_id
    where l.id = ${id} and l.workspace_id = any(${Object.keys(identity.workspaces)}::uuid[])
      and (l.project_id is null or (p.deleted_at is null and ${may(tx, identity, 'project.read')}))
    for update of l`;
  if (!row) throw common.not_found();
  const { edits, archived, ...label } = row;
  if (label.projectId === null) requireLabelEdit(identity, label.workspaceId);
  else if (!edits) throw common.forbidden();
  if (archived) throw problems.project_archived();
  if (label.version !== version) throw stale(label);
  return label;
}

export const recordLabelEvent = (
  tx: Transaction,
  context: EventContext,
  type: string,
  { workspaceId, projectId, ...label }: Label,
  changes: Array<{ field: string; from: string; to: string }> = [],
) => tx`
  select record_event(${tx.json(context)}, ${type}, ${workspaceId}, ${projectId}, null,
                      ${tx.json({ changes, notify: [], data: label })})`;
