import { Type } from 'typebox';
import { readCsv } from './csv.ts';
import { Plan, toDate, toMoment } from './plan.ts';
import { readJson } from './read-json.ts';

/** Todoist exports a project as a CSV template; its Sync API gives JSON. Both are read. */
export function planTodoist(content: string): Plan {
  return /^\s*\{/.test(content) ? planJson(content) : planTemplate(content);
}

const FIRST = 'To do';
/** p1 is the highest. In the template it is 1, in the Sync API 4. */
const TEMPLATE_PRIORITIES = ['none', 'urgent', 'high', 'medium', 'none'] as const;
const SYNC_PRIORITIES = ['none', 'none', 'medium', 'high', 'urgent'] as const;
const LABEL = /(?:^|\s)@([\p{L}\p{N}_-]+)/gu;

function planTemplate(content: string): Plan {
  const plan = new Plan();
  let section = FIRST;
  /** the last task of each level */
  const above: number[] = [];
  for (const row of readCsv(content)) {
    const { TYPE: type = '', CONTENT: text = '' } = row;
    if (type === 'section') {
      section = text || FIRST;
      above.length = 0;
    } else if (type === 'note') {
      const task = plan.tasks[above.at(-1) ?? -1];
      if (task) task.comments.push({ author: row.AUTHOR?.replace(/\s*\(\d+\)$/, '') || null, body: text, createdAt: null });
      else plan.leave('comment on the project', text);
    } else if (type === 'task') {
      const level = Math.max(1, Number(row.INDENT) || 1);
      above.length = Math.min(above.length, level - 1);
      const dueDate = toDate(row.DATE);
      if (row.DATE && !dueDate) plan.leave('date in words', `${text}: ${row.DATE}`);
      const index = plan.task({
        title: text.replace(LABEL, '').trim(),
        description: row.DESCRIPTION ?? '',
        column: plan.column(section),
        priority: TEMPLATE_PRIORITIES[Number(row.PRIORITY) as 0] ?? 'none',
        labels: [...text.matchAll(LABEL)].map((match) => plan.label(match[1] as string)),
        assignees: row.RESPONSIBLE ? [row.RESPONSIBLE.replace(/\s*\(\d+\)$/, '')] : [],
        dueDate,
        parent: above.at(-1) ?? null,
      });
      above.push(index);
    }
  }
  return plan.finish();
}

const Id = Type.Union([Type.String(), Type.Number()]);
const Maybe = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const TodoistSync = Type.Object({
  sections: Maybe(Type.Array(Type.Object({ id: Id, name: Type.String() }))),
  items: Type.Array(
    Type.Object({
      id: Id,
      content: Type.String(),
      description: Maybe(Type.String()),
      priority: Maybe(Type.Number()),
      section_id: Maybe(Id),
      parent_id: Maybe(Id),
      labels: Maybe(Type.Array(Type.String())),
      due: Maybe(Type.Object({ date: Type.String(), is_recurring: Maybe(Type.Boolean()) })),
      checked: Maybe(Type.Boolean()),
      added_at: Maybe(Type.String()),
    }),
  ),
  notes: Maybe(Type.Array(Type.Object({ item_id: Id, content: Type.String(), posted_at: Maybe(Type.String()) }))),
});

function planJson(content: string): Plan {
  const { sections, items, notes } = readJson(content, TodoistSync, 'an answer of the Todoist Sync API');
  const plan = new Plan();
  const first = plan.column(FIRST, 'todo');
  const columns = new Map(sections?.map(({ id, name }) => [String(id), plan.column(name)]));
  const comments = Map.groupBy(notes ?? [], ({ item_id }) => String(item_id));
  const indexes = new Map<string, number>();
  for (const item of items) {
    if (item.due?.is_recurring) plan.leave('repetition', item.content);
    const index = plan.task({
      title: item.content,
      description: item.description ?? '',
      column: item.checked ? plan.column('Done', 'done') : (columns.get(String(item.section_id)) ?? first),
      priority: SYNC_PRIORITIES[item.priority as 0] ?? 'none',
      labels: (item.labels ?? []).map((name) => plan.label(name)),
      dueDate: toDate(item.due?.date),
      createdAt: toMoment(item.added_at),
      comments: (comments.get(String(item.id)) ?? []).map((note) => ({
        author: null,
        body: note.content,
        createdAt: toMoment(note.posted_at),
      })),
    });
    indexes.set(String(item.id), index);
  }
  items.forEach((item, index) => {
    const parent = item.parent_id === null || item.parent_id === undefined ? undefined : indexes.get(String(item.parent_id));
    (plan.tasks[index] as { parent: number | null }).parent = parent ?? null;
  });
  return plan.finish();
}
