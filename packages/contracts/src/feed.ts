import { type Static, Type } from 'typebox';
import { ChangeEvent } from './events.ts';
import { Uuid } from './primitives.ts';

export const StreamQuery = Type.Object({
  lastEventId: Type.Optional(
    Type.String({ maxLength: 49, description: 'go on after this id, for clients that cannot send Last-Event-ID; the header wins' }),
  ),
  project: Type.Optional(Type.String({ format: 'uuid', description: 'only events of this project' })),
});

/** The data of a message of `GET /tasks/stream`. */
export const StreamEvent = Type.Omit(ChangeEvent, ['notify']);
export type StreamEvent = Static<typeof StreamEvent>;

/** The data of `event: hidden`: the project can no longer be seen. */
export const HiddenEvent = Type.Object({ projectId: Uuid });

/** Body of `PUT /tasks/:id/viewing`: said again every 20 seconds while the task is open, since it is forgotten after 45. */
export const SetViewing = Type.Object(
  {
    client: Type.String({ format: 'uuid', description: 'made by the client, one for each place where the task is open' }),
    viewing: Type.Boolean(),
  },
  { additionalProperties: false },
);
export const Viewers = Type.Object({ userIds: Type.Array(Uuid, { description: 'who has the task open, you included' }) });

/** The data of `event: viewing`: who has a task open now. It has no place in the feed and is not sent again. */
export const ViewingEvent = Type.Object({ taskId: Uuid, projectId: Uuid, ...Viewers.properties });
export type ViewingEvent = Static<typeof ViewingEvent>;

/** The answer of `POST /tasks/calendar`; shown once. */
export const CalendarAddress = Type.Object({ path: Type.String({ description: 'below the address of the API; it is a secret' }) });
export const CalendarParams = Type.Object({ token: Type.String({ pattern: '^[A-Za-z0-9_-]{32}$' }) });
