import { Preferences, PreferencesPatch } from '@taskflow/contracts/notifications';
import { etag, ifMatchVersion, stale } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import { type Transaction, transaction } from '@taskflow/postgres/database';
import type { Static } from 'typebox';
import type { Context } from '../context.ts';
import { type ChosenKinds, lockPreferences, type PreferencesRow, REASONS, toPreferences, writePreferences } from '../preferences.ts';
import { problems } from '../problems.ts';
import { BODY, responses, SIGNED_IN } from '../responses.ts';

export function updatePreferences(app: Server, { sql, emailAvailable }: Context): void {
  app.patch(
    '/notifications/preferences',
    {
      schema: {
        operationId: 'updatePreferences',
        summary: 'Change what you are told (JSON Merge Patch)',
        tags: ['preferences'],
        security: [{ bearer: [] }],
        body: PreferencesPatch,
        response: responses({ 200: Preferences }, ...BODY, ...SIGNED_IN, 412, 422, 428),
      },
    },
    async (request, reply) => {
      const version = ifMatchVersion(request);
      const { userId } = request.identity;
      const row = await transaction(sql, async (tx) => {
        const current = await lockPreferences(tx, userId);
        if (current.version !== version) throw stale(toPreferences(current, emailAvailable));
        if (request.body.timeZone) await checkTimeZone(tx, request.body.timeZone);
        const changed = { ...current, ...merge(current, request.body), version: version + 1 };
        await writePreferences(tx, userId, changed);
        await moveDigest(tx, userId);
        return changed;
      });
      reply.header('etag', etag(row.version));
      return toPreferences(row, emailAvailable);
    },
  );
}

function merge(current: PreferencesRow, patch: Static<typeof PreferencesPatch>): Partial<PreferencesRow> {
  const kinds: ChosenKinds = { ...current.kinds };
  for (const reason of REASONS) if (patch.kinds?.[reason]) kinds[reason] = { ...kinds[reason], ...patch.kinds[reason] };
  const { timeZone, digestTime, quietHours } = patch;
  return {
    kinds,
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(digestTime === undefined ? {} : { digestTime }),
    ...(quietHours === undefined ? {} : { quietStart: quietHours?.start ?? null, quietEnd: quietHours?.end ?? null }),
  };
}

/** PostgreSQL reckons with the zone, so it is PostgreSQL that must know it. It would take POSIX rules too, which are not names. */
async function checkTimeZone(tx: Transaction, timeZone: string): Promise<void> {
  const [known] = await tx`select from pg_timezone_names where name = ${timeZone}`;
  if (known) return;
  const error = { pointer: '/body/timeZone', code: 'wrong_format', params: { format: 'time-zone' }, detail: 'is no time zone' } as const;
  throw problems.unknown_time_zone({ members: { errors: [error] } });
}

/** The digest that collects already comes at the time chosen now. */
async function moveDigest(tx: Transaction, userId: string): Promise<void> {
  await tx`
    update emails set due_at = slot, give_up_at = slot + interval '1 day'
    from preferences, lateral next_local_time(now(), digest_time, time_zone) as slot
    where emails.user_id = ${userId} and preferences.user_id = emails.user_id
      and notification_id is null and state = 'pending' and attempts = 0`;
}
