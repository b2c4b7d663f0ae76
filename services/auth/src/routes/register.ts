import { Registration, SignedIn } from '@taskflow/contracts/auth';
import type { Server } from '@taskflow/http/server';
import { transaction } from '@taskflow/postgres/database';
import { loadAccount } from '../access-token.ts';
import { insertAccount, insertWorkspace } from '../accounts.ts';
import { audit } from '../audit.ts';
import { clientAddress, network } from '../client-address.ts';
import type { Context } from '../context.ts';
import { claimInvitation, useInvitation } from '../invitations.ts';
import { assertGoodPassword } from '../password-policy.ts';
import { hashPassword } from '../passwords.ts';
import { authProblems } from '../problems.ts';
import { responses } from '../responses.ts';
import { createSession, signedIn } from '../sessions.ts';
import { take } from '../throttle.ts';

/**
 * Makes an account, with a workspace of its own or in the one that invites it, and signs it in.
 *
 * Without a mail to confirm, registering succeeds or fails visibly, so an open installation tells whoever tries that an
 * address is taken (409), after the same work as a success and a limited number of times a network and hour.
 * REGISTRATION=invitation closes that: only who holds an invitation can ask at all.
 */
export function register(app: Server, context: Context): void {
  const { sql, settings } = context;
  const limit = { name: 'registration', capacity: settings.REGISTRATIONS_PER_HOUR, seconds: 3600 / settings.REGISTRATIONS_PER_HOUR };
  app.post(
    '/auth/register',
    {
      schema: {
        operationId: 'register',
        summary: 'Make an account and sign in',
        tags: ['account'],
        body: Registration,
        response: responses({ 201: SignedIn }, 400, 403, 404, 409, 413, 415, 422, 429, 503),
      },
    },
    async (request, reply) => {
      const { email, password, name, invitation, refreshToken } = request.body;
      if (settings.REGISTRATION === 'invitation' && !invitation) throw authProblems.registration_by_invitation();
      assertGoodPassword(password, { email, name });
      await take(sql, limit, network(clientAddress(request)));
      const passwordHash = await hashPassword(password);
      const { session, account } = await transaction(sql, async (tx) => {
        // Before the account, so that without an invitation nobody hears whether an address is taken.
        const claimed = invitation && (await claimInvitation(tx, invitation, email));
        const userId = await insertAccount(tx, { email, name, passwordHash });
        await audit(tx, request, { action: 'account.created', actorId: userId, subject: `user:${userId}` });
        if (claimed) await useInvitation(tx, request, claimed, userId);
        else {
          const workspaceId = await insertWorkspace(tx, `${name.trim().slice(0, 80)}'s workspace`, userId);
          await audit(tx, request, { action: 'workspace.created', actorId: userId, subject: `workspace:${workspaceId}`, workspaceId });
        }
        await tx`insert into known_addresses (user_id, address) values (${userId}, ${network(clientAddress(request))})`;
        return {
          session: await createSession(tx, request, settings, userId, refreshToken ? 'refresh-token' : 'cookie'),
          account: (await loadAccount(tx, userId))!,
        };
      });
      reply.code(201);
      return signedIn(reply, context, session, account);
    },
  );
}
