import type { DirectoryAnswer } from '@taskflow/contracts/identity';
import type { Client } from '@taskflow/http/client';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import { problems } from './problems.ts';

/** Milliseconds a copy counts as fresh. */
const FRESH_MS = 30_000;
/** Milliseconds to wait for auth: the people of a workspace are never worth more delay than that. */
const TIMEOUT_MS = 1500;

/**
 * Keeps the table `people` a copy of auth's directory, so that SQL can ask who may see what. The copy outlives both auth
 * and this process: while auth is away, what it last said goes on to count.
 */
export class Directory {
  readonly #sql: Sql;
  readonly #auth: Client;
  readonly #fetchedAt = new Map<string, number>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(sql: Sql, auth: Client) {
    this.#sql = sql;
    this.#auth = auth;
  }

  /**
   * Waits until the copy of each workspace is fresh.
   * @returns false when auth could not be asked, so that the copy is old or missing
   */
  async fresh(workspaceIds: string[]): Promise<boolean> {
    const old = workspaceIds.filter((id) => performance.now() - (this.#fetchedAt.get(id) ?? Number.NEGATIVE_INFINITY) > FRESH_MS);
    const outcomes = await Promise.allSettled(old.map((id) => this.#refresh(id)));
    return outcomes.every(({ status }) => status === 'fulfilled');
  }

  /**
   * Before people are assigned: what is known of the person's workspaces must be fresh.
   * @throws Problem 503 when auth cannot be asked
   */
  async requireFresh({ workspaces }: Identity): Promise<void> {
    if (!(await this.fresh(Object.keys(workspaces)))) throw problems.directory_unavailable({ headers: { 'retry-after': '2' } });
  }

  /** Waits only for workspaces that this process has never seen; refreshes old copies in the background. */
  async ensure(workspaceIds: string[]): Promise<void> {
    const unknown = workspaceIds.filter((id) => !this.#fetchedAt.has(id));
    const refreshed = this.fresh(workspaceIds);
    if (unknown.length > 0) await refreshed;
  }

  #refresh(workspaceId: string): Promise<void> {
    const running = this.#running.get(workspaceId);
    if (running) return running;
    const begun = this.#fetch(workspaceId).finally(() => this.#running.delete(workspaceId));
    this.#running.set(workspaceId, begun);
    return begun;
  }

  async #fetch(workspaceId: string): Promise<void> {
    const { status, body } = await this.#auth.get<Static<typeof DirectoryAnswer>>(`/internal/workspaces/${workspaceId}/members`, {
      timeoutMs: TIMEOUT_MS,
    });
    if (status !== 200) throw common.unavailable({ detail: `auth answered ${status} for the members of a workspace` });
    const people = body.items
      .filter(({ active, role }) => active && role)
      .map(({ userId, role, name, handle }) => ({ user_id: userId, role, name, handle }));
    await this.#sql`
      with current as (
        select * from jsonb_to_recordset(${this.#sql.json(people)}) as person(user_id uuid, role text, name text, handle text)
      ), gone as (
        delete from people where workspace_id = ${workspaceId} and user_id not in (select user_id from current)
      )
      insert into people (workspace_id, user_id, role, name, handle)
      select ${workspaceId}, user_id, role, name, handle from current
      on conflict (workspace_id, user_id) do update
        set role = excluded.role, name = excluded.name, handle = excluded.handle
        where (people.role, people.name, people.handle) is distinct from (excluded.role, excluded.name, excluded.handle)`;
    this.#fetchedAt.set(workspaceId, performance.now());
  }
}
