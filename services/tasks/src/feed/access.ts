import type { Identity } from '@taskflow/http/identity';
import type { Sql } from '@taskflow/postgres/database';
import { READERS, type Standing } from '../authorisation.ts';

/** Who may see a project, as of the last time it changed. */
export interface Project {
  id: string;
  workspaceId: string;
  private: boolean;
  members: Map<string, Standing>;
}

/**
 * Who may see what, in memory, for the workspaces that have listeners; so that handing an event to thousands of them asks
 * the database nothing. A project is read anew before its own event is handed out, and never taken from the event: what
 * the table says is at least as new. Reads queue up, so that an older answer cannot replace a newer one.
 */
export class ProjectAccess {
  readonly #sql: Sql;
  readonly #projects = new Map<string, Project>();
  readonly #workspaces = new Set<string>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Learns the projects of workspaces that are not known yet. */
  watch(workspaceIds: string[]): Promise<void> {
    return this.#serially(async () => {
      const unknown = workspaceIds.filter((id) => !this.#workspaces.has(id));
      if (unknown.length === 0) return;
      for (const project of await this.#read(this.#sql`workspace_id = any(${unknown}::uuid[])`)) this.#projects.set(project.id, project);
      for (const id of unknown) this.#workspaces.add(id);
    });
  }

  /**
   * Reads changed projects anew, where anyone listens.
   * @returns what was known of them before
   */
  refresh(changed: Array<{ id: string; workspaceId: string }>): Promise<Map<string, Project | undefined>> {
    return this.#serially(async () => {
      const ids = [...new Set(changed.filter(({ workspaceId }) => this.#workspaces.has(workspaceId)).map(({ id }) => id))];
      const before = new Map(ids.map((id) => [id, this.#projects.get(id)]));
      if (ids.length === 0) return before;
      const now = await this.#read(this.#sql`id = any(${ids}::uuid[])`);
      for (const id of ids) this.#projects.delete(id);
      for (const project of now) this.#projects.set(project.id, project);
      return before;
    });
  }

  get(id: string): Project | undefined {
    return this.#projects.get(id);
  }

  async #read(condition: ReturnType<Sql>): Promise<Project[]> {
    const rows = await this.#sql<Array<Omit<Project, 'members'> & { members: Record<string, Standing> }>>`
      select id, workspace_id as "workspaceId", private,
             (select coalesce(jsonb_object_agg(user_id, role), '{}') from project_members where project_id = projects.id) as members
      from projects
      where ${condition}`;
    return rows.map((row) => ({ ...row, members: new Map(Object.entries(row.members)) }));
  }

  #serially<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(run);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** Whether a person may read a project; with null, whether they are in the workspace. Nobody reads an unknown project. */
export function sees({ userId, workspaces }: Identity, workspaceId: string, project: Project | undefined | null): boolean {
  const role = workspaces[workspaceId];
  if (!role || project === undefined) return false;
  if (project === null) return true;
  return READERS[role].includes(project.members.get(userId) ?? (project.private ? 'closed' : 'open'));
}
