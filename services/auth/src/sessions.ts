import type { SignedIn } from '@taskflow/contracts/auth';
import type { Transaction } from '@taskflow/postgres/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v7 } from 'uuid';
import { type AccountRow, issueAccessToken, toAccount } from './access-token.ts';
import { audit } from './audit.ts';
import { clientAddress } from './client-address.ts';
import type { Context } from './context.ts';
import { digest, newSecret } from './opaque.ts';
import { revokeSessions } from './revocations.ts';
import type { Settings } from './settings.ts';

export interface NewSession {
  id: string;
  /** the cookie's value or the refresh token */
  secret: string;
  bearer: 'cookie' | 'refresh-token';
}

/**
 * Begins a session, in the transaction of what made it possible. It has one bearer: a cookie, or refresh tokens. A session
 * whose cookie is about to be replaced ends.
 */
export async function createSession(
  tx: Transaction,
  request: FastifyRequest,
  settings: Settings,
  userId: string,
  bearer: NewSession['bearer'],
): Promise<NewSession> {
  const id = v7();
  const secret = newSecret();
  const address = clientAddress(request);
  const userAgent = request.headers['user-agent']?.slice(0, 300) ?? null;
  await tx`
    insert into sessions (id, user_id, token_hash, address, user_agent, expires_at)
    values (${id}, ${userId}, ${bearer === 'cookie' ? digest(secret) : null}, ${address}, ${userAgent},
            now() + make_interval(secs => ${settings.SESSION_MAX_HOURS * 3600}))`;
  if (bearer === 'cookie') await endSessionOfCookie(tx, request, settings);
  if (bearer === 'refresh-token') await tx`insert into refresh_tokens (token_hash, session_id) values (${digest(secret)}, ${id})`;
  await audit(tx, request, { action: 'session.created', actorId: userId, subject: `session:${id}`, details: { bearer } });
  return { id, secret, bearer };
}

const isSecure = (settings: Settings) => settings.PUBLIC_URL.startsWith('https:');
const cookieName = (settings: Settings) => (isSecure(settings) ? '__Host-taskflow' : 'taskflow');

/** RFC 6265bis: not readable by scripts, not sent along from other sites except by following a link. */
function setSessionCookie(reply: FastifyReply, settings: Settings, secret: string): void {
  const maxAge = Math.floor(settings.SESSION_MAX_HOURS * 3600);
  const secure = isSecure(settings) ? '; Secure' : '';
  reply.header('set-cookie', `${cookieName(settings)}=${secret}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`);
}

export function clearSessionCookie(reply: FastifyReply, settings: Settings): void {
  const secure = isSecure(settings) ? '; Secure' : '';
  reply.header('set-cookie', `${cookieName(settings)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure}`);
}

/** The value of the session cookie, where the request has one. */
export function sessionCookie(request: FastifyRequest, settings: Settings): string | undefined {
  const name = `${cookieName(settings)}=`;
  const pair = request.headers.cookie?.split(/; */).find((candidate) => candidate.startsWith(name));
  return pair?.slice(name.length);
}

async function endSessionOfCookie(tx: Transaction, request: FastifyRequest, settings: Settings): Promise<void> {
  const cookie = sessionCookie(request, settings);
  if (cookie === undefined) return;
  const [ended] = await tx<Array<{ id: string; userId: string }>>`
    delete from sessions where token_hash = ${digest(cookie)} returning id, user_id as "userId"`;
  if (!ended) return;
  await revokeSessions(tx, [ended.id]);
  await audit(tx, request, { action: 'session.ended', actorId: ended.userId, subject: `session:${ended.id}` });
}

/** What signing in answers: the bearer goes into the cookie or, as refresh token, into the body. */
export async function signedIn(
  reply: FastifyReply,
  { settings, keys }: Pick<Context, 'settings' | 'keys'>,
  { id, secret, bearer }: NewSession,
  account: AccountRow,
): Promise<SignedIn> {
  if (bearer === 'cookie') setSessionCookie(reply, settings, secret);
  reply.header('cache-control', 'no-store');
  const token = await issueAccessToken(keys, account, id);
  return { ...token, ...(bearer === 'cookie' ? {} : { refreshToken: secret }), user: toAccount(account) };
}

/** Ends sessions of a person, all but one where given; commits with the transaction. */
export async function endSessions(tx: Transaction, userId: string, except?: string): Promise<string[]> {
  const ended = await tx<Array<{ id: string }>>`
    delete from sessions where user_id = ${userId} and id is distinct from ${except ?? null}::uuid returning id`;
  const ids = ended.map(({ id }) => id);
  await revokeSessions(tx, ids);
  return ids;
}
