import { type Static, Type } from 'typebox';
import { OneOf } from './primitives.ts';

/** What a service can do now: `GET /` answers 200 with `ready` and 503 with everything else. */
export const ServiceState = OneOf(['starting', 'ready', 'unavailable', 'draining']);

/** The status document at `GET /` of every service. */
export const StatusDocument = Type.Object({
  service: Type.String(),
  version: Type.String(),
  status: ServiceState,
  failing: Type.Optional(Type.Array(Type.String(), { description: 'names of the dependencies that are not available' })),
});
export type StatusDocument = Static<typeof StatusDocument>;
