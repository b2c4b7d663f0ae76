import { problems } from '@taskflow/http/problem';
import type { Sql } from '@taskflow/postgres/database';
import type { FastifyRequest } from 'fastify';
import { type Action, audit } from './audit.ts';
import { verifyPassword } from './passwords.ts';
import { authProblems } from './problems.ts';
import { presentPassword, take } from './throttle.ts';

export interface Confirmed {
  email: string;
  name: string;
  /** what the change must still find in place */
  passwordHash: string;
}

/**
 * A session at hand may be stolen, so what takes an account over needs the password again.
 * @param action recorded as failed when the password is wrong
 * @throws Problem 403 wrong_password, 429
 */
export async function confirmPassword(sql: Sql, request: FastifyRequest, password: string, action: Action): Promise<Confirmed> {
  const { userId } = request.identity;
  await take(sql, presentPassword, userId);
  const [user] = await sql<Confirmed[]>`select email, name, password_hash as "passwordHash" from users where id = ${userId}`;
  if (!user) throw problems.unauthenticated();
  if (await verifyPassword(password, user.passwordHash)) return user;
  await audit(sql, request, { action, outcome: 'failure', actorId: userId, subject: `user:${userId}` });
  throw authProblems.wrong_password();
}
