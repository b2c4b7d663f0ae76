import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Identity } from '@taskflow/http/identity';

interface Project {
  workspaceId: string;
  private: boolean;
  memberIds: string[];
}

/** A person in a project: its member, or not, and then it is open to the workspace or private. */
type Standing = 'member' | 'open' | 'private';

/** Who may see the flow of a project: as in tasks, those who may read the project itself. */
const PROJECT_READERS: Record<WorkspaceRole, Standing[]> = {
  owner: ['member', 'open', 'private'],
  admin: ['member', 'open', 'private'],
  member: ['member', 'open'],
  guest: ['member'],
};

export function maySeeProject({ userId, workspaces }: Identity, project: Project): boolean {
  const role = workspaces[project.workspaceId];
  const standing = project.memberIds.includes(userId) ? 'member' : project.private ? 'private' : 'open';
  return role !== undefined && PROJECT_READERS[role].includes(standing);
}

/** Traffic shows what all workspaces do together: it is for who runs the installation. */
export const maySeeRequests = ({ admin }: Identity): boolean => admin;

/** Errors of probes name addresses inside. */
export const maySeeErrors = ({ admin }: Identity): boolean => admin;
