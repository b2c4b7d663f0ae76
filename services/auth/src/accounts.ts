import { randomInt } from 'node:crypto';
import { type Transaction, violates } from '@taskflow/postgres/database';
import { v7 } from 'uuid';
import { authProblems } from './problems.ts';

export interface NewAccount {
  email: string;
  name: string;
  passwordHash: string;
  admin?: boolean;
}

/**
 * Adds an account; its handle is made from the name.
 * @returns its id
 * @throws Problem 409 email_taken
 */
export async function insertAccount(tx: Transaction, { email, name, passwordHash, admin = false }: NewAccount): Promise<string> {
  const id = v7();
  const base = handleFrom(name);
  for (let attempt = 0; ; attempt++) {
    const handle = attempt === 0 ? base : `${base.slice(0, 26)}-${randomInt(10_000)}`;
    try {
      await tx.savepoint(
        (inner) => inner`
          insert into users (id, email, name, handle, password_hash, admin)
          values (${id}, ${email}, ${name.trim()}, ${handle}, ${passwordHash}, ${admin})`,
      );
      return id;
    } catch (error) {
      if (violates(error, 'users_email_key')) throw authProblems.email_taken();
      if (!violates(error, 'users_handle_key') || attempt === 9) throw error;
    }
  }
}

/** Adds a workspace with its owner. @returns its id */
export async function insertWorkspace(tx: Transaction, name: string, ownerId: string): Promise<string> {
  const id = v7();
  await tx`insert into workspaces (id, name) values (${id}, ${name})`;
  await tx`insert into members (workspace_id, user_id, role) values (${id}, ${ownerId}, 'owner')`;
  return id;
}

/** "Zoë Ångström" → "zoe-angstrom"; "person" where a name has no Latin letters. */
function handleFrom(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 30)
    .replace(/^-|-$/g, '');
  return ascii.length >= 2 ? ascii : 'person';
}
