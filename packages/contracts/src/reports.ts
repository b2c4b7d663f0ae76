import { type Static, Type } from 'typebox';
import { Nullable, OneOf, Timestamp, Uuid } from './primitives.ts';

export const HealthState = OneOf(['up', 'degraded', 'down']);
export type HealthState = Static<typeof HealthState>;

/** One probe of a target by a health checker, or a summary of several older ones (count > 1). */
export const HealthObservation = Type.Object({
  target: Type.String({ maxLength: 100 }),
  at: Timestamp,
  state: HealthState,
  latencyMs: Type.Number({ minimum: 0, description: 'of the probe; the mean, in a summary' }),
  count: Type.Integer({ minimum: 1, default: 1 }),
  error: Type.Optional(Type.String({ maxLength: 300 })),
});
export type HealthObservation = Static<typeof HealthObservation>;

/** Service-to-service: `POST /internal/health-reports` of metrics; 204 when durable, idempotent by id. */
export const HealthReport = Type.Object({
  id: Uuid,
  checker: Type.String({ maxLength: 100, description: 'who probed: host or pod name' }),
  observations: Type.Array(HealthObservation, { minItems: 1, maxItems: 1000 }),
});
export type HealthReport = Static<typeof HealthReport>;

/**
 * What a health checker knows of one of its targets: `GET /targets` and `GET /targets/:name` of the health checker.
 * `state` is that of the last probe and `since` when it came into it, null before the first.
 */
export const TargetStatus = Type.Object({
  name: Type.String(),
  url: Type.String(),
  state: Nullable(HealthState),
  since: Nullable(Timestamp),
  results: Type.Array(HealthObservation, { description: 'last probes, newest first; in the list of all targets only the last one' }),
});
export type TargetStatus = Static<typeof TargetStatus>;
export const TargetList = Type.Object({
  items: Type.Array(TargetStatus),
  waiting: Type.Integer({ description: 'observations that metrics does not have yet' }),
});

/** Service-to-service: `POST /internal/requests` of metrics: the gateway's counts since its last report; idempotent by id. */
export const RequestReport = Type.Object({
  id: Uuid,
  gateway: Type.String({ maxLength: 100 }),
  from: Timestamp,
  to: Timestamp,
  routes: Type.Array(
    Type.Object({
      target: Type.String({ maxLength: 50 }),
      method: Type.String({ maxLength: 10 }),
      status: Type.Integer(),
      count: Type.Integer({ minimum: 1 }),
      sumMs: Type.Number({ minimum: 0 }),
      maxMs: Type.Number({ minimum: 0 }),
    }),
    { maxItems: 1000 },
  ),
});
export type RequestReport = Static<typeof RequestReport>;
