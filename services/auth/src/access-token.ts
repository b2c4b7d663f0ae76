import type { AccessToken, Account } from '@taskflow/contracts/auth';
import { AUDIENCE, ISSUER, type Scope } from '@taskflow/contracts/identity';
import type { Sql, Transaction } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import type { SigningKeys } from './signing-keys.ts';

/** Seconds. Short, since it is how long a verifier that hears of no revocation goes on accepting it. */
const ACCESS_TOKEN_SECONDS = 300;

export interface AccountRow extends Account {
  securityVersion: number;
  disabled: boolean;
}

/** An account with its workspaces, as the database has it now. */
export async function loadAccount(sql: Sql | Transaction, userId: string): Promise<AccountRow | undefined> {
  const [row] = await sql<AccountRow[]>`
    select u.id, u.email, u.name, u.handle, u.admin, u.version, u.security_version as "securityVersion",
           u.disabled_at is not null as disabled, u.created_at as "createdAt",
           coalesce((
             select json_agg(json_build_object('id', w.id, 'name', w.name, 'role', m.role) order by w.id)
             from members m join workspaces w on w.id = m.workspace_id
             where m.user_id = u.id and w.deleted_at is null
           ), '[]') as workspaces
    from users u where u.id = ${userId}`;
  return row;
}

/** The public part of an account row. */
export const toAccount = ({ securityVersion: _, disabled: __, ...account }: AccountRow): Account => account;

/** Signs an access token for a session or API token of the account. */
export async function issueAccessToken(
  keys: SigningKeys,
  account: Pick<AccountRow, 'id' | 'name' | 'handle' | 'admin' | 'workspaces' | 'securityVersion'>,
  sid: string,
  scopes: Scope[] = ['read', 'write', 'admin'],
): Promise<Static<typeof AccessToken>> {
  const now = Math.floor(Date.now() / 1000);
  const accessToken = await keys.sign({
    iss: ISSUER,
    aud: AUDIENCE,
    sub: account.id,
    sid,
    sv: account.securityVersion,
    iat: now,
    exp: now + ACCESS_TOKEN_SECONDS,
    name: account.name,
    handle: account.handle,
    admin: account.admin && scopes.includes('admin'),
    workspaces: Object.fromEntries(account.workspaces.map(({ id, role }) => [id, role])),
    scopes,
  });
  return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS };
}
