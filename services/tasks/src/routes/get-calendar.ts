import { CalendarParams } from '@taskflow/contracts/feed';
import type { WorkspaceRole } from '@taskflow/contracts/identity';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import ical, { ICalEventTransparency } from 'ical-generator';
import { Type } from 'typebox';
import { PERMISSIONS } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { refusals } from '../responses.ts';
import { hashToken } from './create-calendar.ts';

const MOST = 2000;

/** Needs no session: calendar programs have none. The secret in the address is the credential. */
export function getCalendar(app: Server, { sql, directory }: Context, publicUrl: string): void {
  app.get(
    '/tasks/calendar/:token.ics',
    {
      schema: {
        operationId: 'getCalendar',
        summary: 'iCalendar (RFC 5545) of the due dates of the tasks assigned to a person',
        tags: ['calendar'],
        params: CalendarParams,
        response: { 200: { description: 'RFC 5545', content: { 'text/calendar': { schema: Type.String() } } }, ...refusals(404) },
      },
    },
    async ({ params }, reply) => {
      const people = await sql<Array<{ userId: string; workspaceId: string | null; role: WorkspaceRole | null }>>`
        select calendar_tokens.user_id as "userId", workspace_id as "workspaceId", role
        from calendar_tokens left join people on people.user_id = calendar_tokens.user_id
        where token_hash = ${hashToken(params.token)}`;
      const userId = people[0]?.userId;
      if (!userId) throw problems.not_found();
      const workspaces = people.flatMap(({ workspaceId }) => workspaceId ?? []);
      await directory.ensure(workspaces);
      const tasks = await sql<Array<{ id: string; humanId: string; title: string; due: string; updatedAt: Date; done: boolean }>>`
        select t.id, t.human_id as "humanId", t.title, t.due_date::text as due, t.updated_at as "updatedAt", c.category = 'done' as done
        from people join projects p on p.workspace_id = people.workspace_id and p.deleted_at is null
        join tasks t on t.project_id = p.id join columns c on c.id = t.column_id
        where people.user_id = ${userId} and ${sql.json(PERMISSIONS['project.read'])}::jsonb -> people.role ? standing(p, ${userId})
          and t.assignee_ids @> array[${userId}::uuid] and t.deleted_at is null
          and t.due_date > current_date - 60
        order by t.due_date, t.id
        limit ${MOST}`;
      const calendar = ical({ name: 'TaskFlow', prodId: { company: 'TaskFlow', product: 'tasks' }, ttl: 3600 });
      for (const { id, humanId, title, due, updatedAt, done } of tasks) {
        calendar.createEvent({
          id: `${id}@taskflow`,
          start: new Date(`${due}T00:00:00Z`),
          timezone: 'UTC',
          allDay: true,
          summary: `${done ? '✓ ' : ''}${humanId} ${title}`,
          stamp: updatedAt,
          url: new URL(`/tasks/${humanId}`, publicUrl).href,
          transparency: ICalEventTransparency.TRANSPARENT,
        });
      }
      return reply
        .type('text/calendar; charset=utf-8')
        .header('cache-control', 'private, max-age=300')
        .serializer((body: unknown) => body as string)
        .send(calendar.toString() as never);
    },
  );
}
