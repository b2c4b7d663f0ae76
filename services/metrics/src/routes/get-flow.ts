import { FlowAnswer, FlowQuery } from '@taskflow/contracts/metrics';
import { IdParams } from '@taskflow/contracts/primitives';
import { notModified } from '@taskflow/http/conditional';
import type { Identity } from '@taskflow/http/identity';
import { problems as common } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Sql } from '@taskflow/postgres/database';
import { maySeeProject } from '../authorisation.ts';
import { contentTag } from '../content-tag.ts';
import type { Context } from '../context.ts';
import { completedDurations, completedTasks, throughput } from '../flow/completed.ts';
import { cumulativeFlow, openTasks } from '../flow/cumulative.ts';
import { addDays, dayIn, dayRange, daysBetween } from '../flow/days.ts';
import { FEWEST_DAYS, forecastDays, forecastTasks, HORIZON_DAYS } from '../flow/forecast.ts';
import { tasksInProgress } from '../flow/in-progress.ts';
import { periodOf } from '../flow/period.ts';
import { problems, refusals } from '../problems.ts';

const MOST_DAYS = 366;
const FIRST_DAY = '1970-01-01';

/** How work flows through a project: cumulative flow, times, throughput, work in progress and what is to be expected. */
export function getFlow(app: Server, { sql }: Context): void {
  app.get(
    '/metrics/projects/:id/flow',
    {
      schema: {
        operationId: 'getProjectFlow',
        summary: 'Flow of work in a project',
        tags: ['flow'],
        security: [{ bearer: [] }],
        params: IdParams,
        querystring: FlowQuery,
        response: { 200: FlowAnswer, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { timeZone, history, seed, by } = request.query;
      const now = Date.now();
      const today = todayIn(timeZone, now);
      const { to = today, from = addDays(to, -89) } = request.query;
      assertPossible(from, to, by, today);
      const project = await readProject(sql, id, request.identity);
      const period = periodOf(id, from, to, timeZone);
      const [cumulative, times, completed, through, open, past] = await Promise.all([
        cumulativeFlow(sql, period),
        completedDurations(sql, period),
        completedTasks(sql, period),
        throughput(sql, period),
        openTasks(sql, id),
        readHistory(sql, id, timeZone, addDays(today, -history), addDays(today, -1)),
      ]);
      const remaining = request.query.remaining ?? open;
      const answer: FlowAnswer = {
        project,
        from,
        to,
        timeZone,
        days: dayRange(from, to),
        cumulativeFlow: cumulative,
        ...times,
        completed,
        throughput: through,
        inProgress: await tasksInProgress(sql, id, times.cycleTime.percentiles, now),
        forecast: forecast(past, remaining, by, today, seed),
      };
      reply.header('cache-control', 'private, max-age=5');
      return notModified(request, reply, contentTag(answer)) ? reply : answer;
    },
  );
}

function todayIn(timeZone: string, now: number): string {
  try {
    return dayIn(timeZone, now);
  } catch {
    const detail = `${timeZone} is no time zone: expected an IANA name such as Europe/Berlin`;
    const error = { pointer: '/querystring/timeZone', code: 'wrong_format', params: { format: 'time-zone' }, detail } as const;
    throw common.malformed_request({ detail, members: { errors: [error] } });
  }
}

function assertPossible(from: string, to: string, by: string | undefined, today: string): void {
  if (from > to) throw problems.impossible_period('from lies after to');
  if (from < FIRST_DAY) throw problems.impossible_period(`from lies before ${FIRST_DAY}`);
  if (daysBetween(from, to) >= MOST_DAYS) throw problems.impossible_period(`It is longer than ${MOST_DAYS} days`);
  if (by !== undefined && by <= today) throw problems.impossible_period('by must lie after today');
  if (by !== undefined && daysBetween(today, by) > HORIZON_DAYS) throw problems.impossible_period('by lies too far in the future');
}

/** @throws Problem 404 when it is not there, or not for this person */
async function readProject(sql: Sql, id: string, identity: Identity) {
  const [project] = await sql<Array<{ workspaceId: string; key: string; name: string; private: boolean; memberIds: string[] }>>`
    select workspace_id as "workspaceId", key, name, private, member_ids as "memberIds"
    from projects
    where id = ${id} and not deleted`;
  if (!project || !maySeeProject(identity, project)) throw problems.project_not_found();
  return { id, key: project.key, name: project.name };
}

/** Throughput of whole days up to yesterday, none from before the project's first task. */
async function readHistory(sql: Sql, projectId: string, timeZone: string, from: string, to: string) {
  const [row] = await sql<[{ first: string | null }]>`
    select to_char(min(quarter) at time zone ${timeZone}, 'YYYY-MM-DD') as first from flow_quarters where project_id = ${projectId}`;
  if (row.first === null || row.first > to) return null;
  const begin = row.first > from ? row.first : from;
  const { days } = await throughput(sql, periodOf(projectId, begin, to, timeZone));
  return { from: begin, to, days };
}

function forecast(
  past: Awaited<ReturnType<typeof readHistory>>,
  remaining: number,
  by: string | undefined,
  today: string,
  seed: number,
): FlowAnswer['forecast'] {
  const completed = past?.days.reduce((sum, tasks) => sum + tasks, 0) ?? 0;
  if (!past || past.days.length < FEWEST_DAYS || completed === 0) return { basis: null, remaining, seed, doneOn: null, doneBy: null };
  const when = forecastDays(past.days, remaining, seed);
  // Tomorrow is the first day of the forecast: what was done today no longer remains.
  const dayAfter = (days: number) => (days === Number.POSITIVE_INFINITY ? null : addDays(today, days));
  return {
    basis: { from: past.from, to: past.to, days: past.days.length, completed },
    remaining,
    seed,
    doneOn: { p50: dayAfter(when.p50), p85: dayAfter(when.p85), p95: dayAfter(when.p95) },
    doneBy: by === undefined ? null : { day: by, ...forecastTasks(past.days, daysBetween(today, by), seed) },
  };
}
