import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Timestamp } from './primitives.ts';

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
