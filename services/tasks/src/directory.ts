import type { DirectoryAnswer } from '@taskflow/contracts/identity';
import type { Client } from '@taskflow/http/client';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import type { FastifyBaseLogger } from 'fastify';
import type { Static } from 'typebox';
import { problems } from './problems.ts';

/** Milliseconds a copy counts as fresh. */
const FRESH_MS = 30_000;
/** Milliseconds after a failure in which no write waits for another attempt. */
const PAUSE_MS = 5000;
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
  readonly #people = new Map<string, Set<string>>();
  readonly #failedAt = new Map<string, number>();
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #log: FastifyBaseLogger;

  constructor(sql: Sql, auth: Client, log: FastifyBaseLogger) {
    this.#sql = sql;
    this.#auth = auth;
    this.#log = log;
  }

  /**
   * Before people are assigned: what is known of the person's workspaces must be fresh, and for somebody who is not among
   * their people, who may have joined a moment ago, auth is asked at once.
   * @throws Problem 503 when auth cannot be asked
   */
  async requireFresh({ workspaces }: Identity, userIds: string[]): Promise<void> {
    const ids = Object.keys(workspaces);
    const areKnown = userIds.every((userId) => ids.some((id) => this.#people.get(id)?.has(userId)));
    const outcomes = await Promise.all((areKnown ? this.#old(ids) : ids).map((id) => this.refresh(id)));
    if (outcomes.includes(false)) throw problems.directory_unavailable({ headers: { 'retry-after': '2' } });
  }

  /**
   * Before any other write: waits only for workspaces that this process has never seen, and not again right after auth did
   * not answer; refreshes old copies in the background.
   */
  async ensure(workspaceIds: string[]): Promise<void> {
    const old = this.#old(workspaceIds).filter((id) => age(this.#failedAt.get(id)) > PAUSE_MS);
    const unknown = old.filter((id) => !this.#fetchedAt.has(id));
    const refreshed = Promise.all(old.map((id) => this.refresh(id)));
    if (unknown.length > 0) await refreshed;
  }

  /**
   * Asks auth now.
   * @returns false when it did not answer, so that the copy is old or missing
   */
  refresh(workspaceId: string): Promise<boolean> {
    const running = this.#running.get(workspaceId);
    if (running) return running;
    const begun = this.#fetch(workspaceId)
      .then(
        () => this.#fetchedAt.set(workspaceId, performance.now()),
        (error) => {
          this.#failedAt.set(workspaceId, performance.now());
          this.#log.warn({ err: error }, 'the people of a workspace could not be asked for');
          return false;
        },
      )
      .then(Boolean)
      .finally(() => this.#running.delete(workspaceId));
    this.#running.set(workspaceId, begun);
    return begun;
  }

  #old(workspaceIds: string[]): string[] {
    return workspaceIds.filter((id) => age(this.#fetchedAt.get(id)) > FRESH_MS);
  }

  async #fetch(workspaceId: string): Promise<void> {
    const { status, body } = await this.#auth.get<Static<typeof DirectoryAnswer>>(`/internal/workspaces/${workspaceId}/members`, {
      timeoutMs: TIMEOUT_MS,
    });
    if (status !== 200) throw common.unavailable({ detail: `auth answered ${status} for the members of a workspace` });
    const people = body.items
      .filter(({ active, role }) => active && role)
      .map(({ userId, role, name, handle }) => ({ user_id: userId, role, name, handle }));
    this.#people.set(workspaceId, new Set(people.map(({ user_id }) => user_id)));
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
  }
}

const age = (since = Number.NEGATIVE_INFINITY): number => performance.now() - since;
