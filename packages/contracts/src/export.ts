import { type Static, Type } from 'typebox';
import { ColumnCategory } from './events.ts';
import { CalendarDate, Nullable, Timestamp, Uuid } from './primitives.ts';
import { Priority } from './tasks.ts';

const Handle = Nullable(Type.String({ description: 'null for somebody who has left' }));

const ExportedTask = Type.Object({
  number: Type.Integer(),
  title: Type.String(),
  description: Type.String(),
  column: Type.Integer({ description: 'index in columns' }),
  priority: Priority,
  assignees: Type.Array(Type.String()),
  labels: Type.Array(Type.String()),
  startDate: Nullable(CalendarDate),
  dueDate: Nullable(CalendarDate),
  estimate: Nullable(Type.Number()),
  parent: Nullable(Type.Integer({ description: 'number of the task it is a part of' })),
  createdBy: Handle,
  createdAt: Timestamp,
  recurrence: Nullable(Type.Object({ rule: Type.String(), startsOn: CalendarDate, timeZone: Type.String() })),
  comments: Type.Array(Type.Object({ author: Handle, body: Type.String(), createdAt: Timestamp })),
  attachments: Type.Array(Type.Object({ name: Type.String(), contentType: Type.String(), size: Type.Integer() }), {
    description: 'their content is not in the export',
  }),
});

/** `GET /tasks/projects/:id/export.json`; what POST /tasks/imports reads as format taskflow. */
export const ProjectExport = Type.Object({
  format: Type.Literal('taskflow'),
  version: Type.Literal(1),
  project: Type.Object({ id: Uuid, key: Type.String(), name: Type.String(), description: Type.String() }),
  columns: Type.Array(Type.Object({ name: Type.String(), category: ColumnCategory, wipLimit: Nullable(Type.Integer()) })),
  labels: Type.Array(Type.Object({ name: Type.String(), color: Type.String() })),
  tasks: Type.Array(ExportedTask, { description: 'in the order of their columns' }),
  relations: Type.Array(Type.Object({ type: Type.String(), from: Type.Integer(), to: Type.Integer() })),
});
export type ProjectExport = Static<typeof ProjectExport>;
