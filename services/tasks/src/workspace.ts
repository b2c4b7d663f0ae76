import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import { problems } from './problems.ts';

/**
 * The workspace that is meant: the one named, else the person's only one.
 * @throws Problem 422 when it has to be named, 404 for a workspace of others
 */
export function chooseWorkspace({ workspaces }: Identity, named: string | undefined): string {
  const mine = Object.keys(workspaces);
  const workspace = named ?? (mine.length === 1 ? mine[0] : undefined);
  if (workspace === undefined) throw problems.workspace_needed();
  if (!workspaces[workspace]) throw common.not_found('You are in no such workspace');
  return workspace;
}
