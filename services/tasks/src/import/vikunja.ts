import { type Static, Type } from 'typebox';
import { Plan, toDate, toMoment } from './plan.ts';
import { readJson } from './read-json.ts';

const Text = Type.String();
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

const Person = Type.Object({ username: Maybe(Text), name: Maybe(Text) });
const VikunjaTask = Type.Object({
  id: Maybe(Type.Number()),
  title: Text,
  description: Maybe(Text),
  done: Maybe(Type.Boolean()),
  due_date: Maybe(Text),
  start_date: Maybe(Text),
  priority: Maybe(Type.Number()),
  bucket_id: Maybe(Type.Number()),
  repeat_after: Maybe(Type.Number()),
  created: Maybe(Text),
  position: Maybe(Type.Number()),
  labels: Maybe(Type.Array(Type.Object({ title: Text, hex_color: Maybe(Text) }))),
  assignees: Maybe(Type.Array(Person)),
  comments: Maybe(Type.Array(Type.Object({ comment: Text, author: Maybe(Person), created: Maybe(Text) }))),
  attachments: Maybe(Type.Array(Type.Unknown())),
  related_tasks: Maybe(Type.Record(Text, Type.Unknown())),
});
/** What is read of data.json in the ZIP file of a Vikunja user export. */
const VikunjaExport = Type.Array(
  Type.Object({
    title: Text,
    tasks: Maybe(Type.Array(VikunjaTask)),
    buckets: Maybe(Type.Array(Type.Object({ id: Type.Number(), title: Text, position: Maybe(Type.Number()) }))),
  }),
);

const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent', 'urgent'] as const;

export function planVikunja(content: string): Plan {
  const projects = readJson(content, VikunjaExport, 'data.json of a Vikunja export');
  const plan = new Plan();
  const shown = projects.filter(({ tasks }) => tasks?.length);
  for (const { title, tasks, buckets } of shown) {
    const sorted = (buckets ?? []).toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0));
    const columns = new Map(sorted.map((bucket) => [bucket.id, plan.column(bucket.title)]));
    // One project is made of all; where they come from is kept as a label.
    const origin = shown.length > 1 ? [plan.label(title)] : [];
    const todo = columns.size > 0 ? 0 : plan.column('To do', 'todo');
    for (const task of (tasks ?? []).toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0))) addTask(plan, task, columns, todo, origin);
  }
  return plan.finish();
}

function addTask(plan: Plan, task: Static<typeof VikunjaTask>, columns: Map<number, number>, todo: number, origin: string[]): void {
  const bucket = columns.get(task.bucket_id ?? 0) ?? todo;
  const column = task.done && plan.columns[bucket]?.category !== 'done' ? plan.column('Done', 'done') : bucket;
  if (task.repeat_after) plan.leave('repetition', task.title);
  if (task.attachments?.length) plan.leave('attachment', task.title, task.attachments.length);
  if (task.related_tasks && Object.keys(task.related_tasks).length > 0) plan.leave('relation to other tasks', task.title);
  const name = (person: Static<typeof Person> | null | undefined) => person?.username || person?.name || null;
  plan.task({
    title: task.title,
    description: task.description ?? '',
    column,
    priority: PRIORITIES[Math.trunc(task.priority ?? 0)] ?? 'none',
    labels: [...origin, ...(task.labels ?? []).map((label) => plan.label(label.title, toColor(label.hex_color)))],
    assignees: (task.assignees ?? []).flatMap((person) => name(person) ?? []),
    startDate: toDate(task.start_date),
    dueDate: toDate(task.due_date),
    createdAt: toMoment(task.created),
    comments: (task.comments ?? []).map(({ comment, author, created }) => ({
      author: name(author),
      body: comment,
      createdAt: toMoment(created),
    })),
  });
}

const toColor = (hex: string | null | undefined): string | undefined =>
  /^#?[0-9a-f]{6}$/i.test(hex ?? '') ? `#${(hex as string).replace('#', '').toLowerCase()}` : undefined;
