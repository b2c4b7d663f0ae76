import { Login, SignedIn } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { lockOrder } from '@taskflow/postgres/outbox';
import { loadAccount } from '../access-token.ts';
import { audit } from '../audit.ts';
import { clientAddress, network } from '../client-address.ts';
import type { Context } from '../context.ts';
import { digest } from '../opaque.ts';
import { hashPassword, needsRehash, verifyPassword } from '../passwords.ts';
import { authProblems } from '../problems.ts';
import { responses } from '../responses.ts';
import { createSession, signedIn } from '../sessions.ts';
import * as throttle from '../throttle.ts';

interface Candidate {
  id: string;
  passwordHash: string;
  disabled: boolean;
  /** has signed in from this network before */
  known: boolean;
}

/**
 * Signs in. An unknown address, and a wrong password of a known one, cost the same work and get the same answer; only who
 * has the right password hears that the account is disabled.
 */
export function login(app: Server, context: Context): void {
  const { sql, settings } = context;
  app.post(
    '/auth/login',
    {
      schema: {
        operationId: 'login',
        summary: 'Sign in',
        tags: ['session'],
        body: Login,
        response: responses({ 200: SignedIn }, 400, 401, 403, 413, 415, 429, 503),
      },
    },
    async (request, reply) => {
      const { email, password, refreshToken } = request.body;
      const origin = network(clientAddress(request));
      const name = email.toLowerCase();
      const [candidate] = await sql<Candidate[]>`
        select u.id, u.password_hash as "passwordHash", u.disabled_at is not null as disabled, k.user_id is not null as known
        from users u left join known_addresses k on k.user_id = u.id and k.address = ${origin}
        where lower(u.email) = lower(${email})`;

      // The network first, so that a flood of made-up addresses does not fill the table; the account last, so that one
      // network's tries count against it only as far as they are let through.
      if (!candidate?.known) await throttle.take(sql, throttle.fromNetwork, origin);
      await throttle.take(sql, throttle.accountFromNetwork, `${name}\n${origin}`);
      if (!candidate?.known) await throttle.take(sql, throttle.account, name);
      const right = await verifyPassword(password, candidate?.passwordHash);
      if (!candidate || !right || candidate.disabled) {
        await audit(sql, request, {
          action: 'session.created',
          outcome: 'failure',
          ...(candidate ? { subject: `user:${candidate.id}` } : {}),
          details: { reason: right ? 'disabled' : 'credentials', account: digest(name).toString('base64url') },
        });
        throw right ? authProblems.account_disabled() : authProblems.wrong_credentials();
      }

      const { id } = candidate;
      const betterHash = needsRehash(candidate.passwordHash) ? await hashPassword(password) : null;
      const { session, account } = await transaction(sql, async (tx) => {
        await lockOrder(tx, id);
        // Again, now locked: the account may have been disabled or its password changed while the hash was computed.
        const { count } = await tx`
          update users set password_hash = coalesce(${betterHash}, password_hash)
          where id = ${id} and password_hash = ${candidate.passwordHash} and disabled_at is null`;
        if (count === 0) throw authProblems.wrong_credentials();
        await throttle.empty(tx, throttle.accountFromNetwork, `${name}\n${origin}`);
        if (!candidate.known) {
          await throttle.giveBack(tx, throttle.fromNetwork, origin);
          await throttle.giveBack(tx, throttle.account, name);
        }
        await tx`
          insert into known_addresses (user_id, address) values (${id}, ${origin})
          on conflict (user_id, address) do update set last_used_at = now()`;
        return {
          session: await createSession(tx, request, settings, id, refreshToken ? 'refresh-token' : 'cookie'),
          account: (await loadAccount(tx, id))!,
        };
      });
      return signedIn(reply, context, session, account);
    },
  );
}
