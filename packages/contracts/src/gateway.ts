import { type Static, Type } from 'typebox';
import { ServiceState } from './status.ts';

/** `GET /health`: whether everything behind the gateway is ready; 200 when it is, 503 otherwise. */
export const HealthDocument = Type.Object({
  status: Type.Enum(['ready', 'unavailable']),
  services: Type.Record(
    Type.String(),
    Type.Object({
      status: Type.Union([ServiceState, Type.Literal('unreachable')]),
      version: Type.Optional(Type.String()),
      failing: Type.Optional(Type.Array(Type.String())),
    }),
    { description: 'service → its state' },
  ),
});
export type HealthDocument = Static<typeof HealthDocument>;
