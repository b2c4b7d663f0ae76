import type { WorkspaceRole } from '@taskflow/contracts/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import { READERS, type Standing } from '../authorisation.ts';
import type { Plan } from './plan.ts';

/** Finds people by the handles and names of a file, among those who may see the project. */
export class People {
  readonly unknown = new Set<string>();
  readonly #byName = new Map<string, string>();

  /** @param projectId null for a project that does not exist yet, which is `open` or `closed` to its workspace */
  static async read(tx: Sql | Transaction, workspaceId: string, projectId: string | null, newStanding: Standing): Promise<People> {
    const rows = await tx<Array<{ userId: string; role: WorkspaceRole; handle: string; name: string; standing: Standing }>>`
      select user_id as "userId", role, handle, name,
             coalesce((select standing(p, people.user_id) from projects p where p.id = ${projectId}::uuid), ${newStanding}) as standing
      from people
      where workspace_id = ${workspaceId}`;
    const people = new People();
    const readers = rows.filter(({ role, standing }) => READERS[role].includes(standing));
    // A handle is one person's; of equal names the first counts.
    for (const { userId, name } of readers.toReversed()) people.#byName.set(name.toLowerCase(), userId);
    for (const { userId, handle } of readers) people.#byName.set(handle.toLowerCase(), userId);
    return people;
  }

  find(name: string | null): string | undefined {
    return name === null ? undefined : this.#byName.get(name.toLowerCase());
  }

  /** Looks all assignees up, and remembers the unknown. */
  assigneesOf(plan: Plan): string[][] {
    return plan.tasks.map(({ assignees }) =>
      assignees.flatMap((name) => {
        const id = this.find(name);
        if (!id) this.unknown.add(name);
        return id ?? [];
      }),
    );
  }
}
