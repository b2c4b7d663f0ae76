import { type Static, Type } from 'typebox';
import { ColumnCategory } from './events.ts';
import { CalendarDate, Nullable, OneOf, Timestamp, Uuid } from './primitives.ts';

/** `unknown`: nobody has reported on the target lately. A silent checker proves nothing. */
export const TargetState = OneOf(['up', 'degraded', 'down', 'unknown']);
export type TargetState = Static<typeof TargetState>;

const Share = Nullable(Type.Number({ minimum: 0, maximum: 100, description: 'per cent of the reported time; null without reports' }));

/** One hour or (UTC) day of a target. Minutes without any report are in none of the three counts. */
export const AvailabilityPeriod = Type.Object({
  start: Timestamp,
  state: TargetState,
  uptime: Share,
  minutes: Type.Object({ up: Type.Integer(), degraded: Type.Integer(), down: Type.Integer() }),
  latencyMs: Type.Object({ mean: Nullable(Type.Number()), max: Nullable(Type.Number()) }),
});
export type AvailabilityPeriod = Static<typeof AvailabilityPeriod>;

export const TargetStatus = Type.Object({
  target: Type.String(),
  state: TargetState,
  lastSeen: Nullable(Timestamp),
  latencyMs: Nullable(Type.Number({ description: 'mean of the latest probes' })),
  error: Type.Optional(Nullable(Type.String({ description: 'only for administrators of the installation' }))),
  uptime: Type.Object({ day: Share, week: Share, month: Share, quarter: Share }),
  hours: Type.Array(AvailabilityPeriod),
  days: Type.Array(AvailabilityPeriod),
});
export type TargetStatus = Static<typeof TargetStatus>;

/** Minutes in which a target was not up, no more than five minutes apart. */
export const Incident = Type.Object({
  target: Type.String(),
  state: OneOf(['degraded', 'down'], { description: 'the worst of it' }),
  startedAt: Timestamp,
  endedAt: Nullable(Timestamp),
  minutes: Type.Integer({ description: 'minutes in which it was not up' }),
  error: Type.Optional(Nullable(Type.String({ description: 'only for administrators of the installation' }))),
});
export type Incident = Static<typeof Incident>;

export const StatusQuery = Type.Object({
  hours: Type.Integer({ minimum: 1, maximum: 168, default: 24, description: 'hours of history, the present one included' }),
  days: Type.Integer({ minimum: 1, maximum: 366, default: 90, description: 'UTC days of history, today included' }),
});

/** `GET /metrics/status` */
export const StatusAnswer = Type.Object({
  state: TargetState,
  targets: Type.Array(TargetStatus),
  incidents: Type.Array(Incident, { description: 'newest first, at most 100' }),
});
export type StatusAnswer = Static<typeof StatusAnswer>;

export const RequestsQuery = Type.Object({
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
  resolution: Type.Optional(OneOf(['minute', 'hour', 'day'], { description: 'when not set, the finest that gives at most 300 periods' })),
  target: Type.Optional(Type.String({ maxLength: 50 })),
});

const RequestFigures = {
  requests: Type.Integer(),
  perSecond: Type.Number(),
  latencyMs: Type.Object({ mean: Nullable(Type.Number()), max: Nullable(Type.Number()) }),
};

/** `GET /metrics/requests`: what the gateways sent to each target. Periods without requests are left out. */
export const RequestsAnswer = Type.Object({
  from: Timestamp,
  to: Timestamp,
  resolution: OneOf(['minute', 'hour', 'day']),
  targets: Type.Array(
    Type.Object({
      target: Type.String(),
      ...RequestFigures,
      errorRatio: Type.Number({ minimum: 0, maximum: 1, description: 'share of answers with 5xx' }),
      statuses: Type.Array(
        Type.Object({ class: Type.String({ description: 'such as 2xx; 0xx when no status was sent' }), ...RequestFigures }),
      ),
      periods: Type.Array(Type.Object({ start: Timestamp, ...RequestFigures, errorRatio: Type.Number({ minimum: 0, maximum: 1 }) })),
    }),
  ),
});
export type RequestsAnswer = Static<typeof RequestsAnswer>;

export const FlowQuery = Type.Object({
  from: Type.Optional(Type.String({ format: 'date', description: 'first day; 89 days before the last when not set' })),
  to: Type.Optional(Type.String({ format: 'date', description: 'last day, included; today when not set' })),
  timeZone: Type.String({
    default: 'UTC',
    maxLength: 64,
    pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$',
    description: 'IANA name of the zone whose days are meant, such as Europe/Berlin',
  }),
  remaining: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000, description: 'forecast: tasks to be done; the open ones when not set' }),
  ),
  by: Type.Optional(Type.String({ format: 'date', description: 'forecast: a day to come, up to which the tasks done are foretold' })),
  history: Type.Integer({
    minimum: 5,
    maximum: 365,
    default: 90,
    description: 'forecast: days of throughput to draw from, up to yesterday',
  }),
  seed: Type.Integer({ minimum: 0, maximum: 2_147_483_647, default: 1, description: 'forecast: the same seed gives the same forecast' }),
});
export type FlowQuery = Static<typeof FlowQuery>;

const Seconds = Type.Integer({ description: 'seconds' });
const Percentiles = Type.Object({ p50: Seconds, p85: Seconds, p95: Seconds });

/** Nearest-rank percentiles, of durations rounded up by less than 1/64. */
const DurationFigures = Type.Object({ tasks: Type.Integer(), percentiles: Nullable(Percentiles) });

export const CompletedTask = Type.Object({
  id: Uuid,
  humanId: Type.String(),
  title: Type.String(),
  doneAt: Timestamp,
  cycleSeconds: Nullable(Type.Integer()),
  leadSeconds: Type.Integer(),
});

export const AgeingTask = Type.Object({
  id: Uuid,
  humanId: Type.String(),
  title: Type.String(),
  columnId: Uuid,
  startedAt: Timestamp,
  ageSeconds: Type.Integer(),
  beyond: Nullable(OneOf(['p50', 'p85', 'p95'], { description: 'the highest percentile of cycle time that its age exceeds' })),
});

/** `GET /metrics/projects/:id/flow`. Days are those of the time zone; column categories are those of now, for the past too. */
export const FlowAnswer = Type.Object({
  project: Type.Object({ id: Uuid, key: Type.String(), name: Type.String() }),
  from: CalendarDate,
  to: CalendarDate,
  timeZone: Type.String(),
  days: Type.Array(CalendarDate, { description: 'the days of all the series below' }),
  cumulativeFlow: Type.Object({
    columns: Type.Array(
      Type.Object({
        id: Uuid,
        name: Type.String(),
        category: ColumnCategory,
        deleted: Type.Boolean(),
        tasks: Type.Array(Type.Integer(), { description: 'in the column at the end of each day' }),
      }),
    ),
    categories: Type.Object({
      todo: Type.Array(Type.Integer()),
      active: Type.Array(Type.Integer()),
      done: Type.Array(Type.Integer()),
    }),
  }),
  cycleTime: DurationFigures,
  leadTime: DurationFigures,
  completed: Type.Array(CompletedTask, { description: 'for a scatter plot: the newest 1000 of the period' }),
  throughput: Type.Object({
    days: Type.Array(Type.Integer()),
    weeks: Type.Array(Type.Object({ start: Type.String({ format: 'date', description: 'a Monday' }), tasks: Type.Integer() })),
  }),
  inProgress: Type.Object({
    tasks: Type.Integer(),
    oldest: Type.Array(AgeingTask, { description: 'the 200 that were started first' }),
  }),
  forecast: Type.Object({
    basis: Nullable(
      Type.Object(
        { from: CalendarDate, to: CalendarDate, days: Type.Integer(), completed: Type.Integer() },
        { description: 'null with fewer than five days of history or nothing completed in them' },
      ),
    ),
    remaining: Type.Integer(),
    seed: Type.Integer(),
    doneOn: Nullable(Type.Object({ p50: Nullable(CalendarDate), p85: Nullable(CalendarDate), p95: Nullable(CalendarDate) })),
    doneBy: Nullable(
      Type.Object({
        day: CalendarDate,
        p50: Type.Integer({ description: 'at least so many tasks with 50 %' }),
        p85: Type.Integer(),
        p95: Type.Integer(),
      }),
    ),
  }),
});
export type FlowAnswer = Static<typeof FlowAnswer>;
