import { ProjectExport } from '@taskflow/contracts/export';
import { checkRule } from '../recurrence/rule.ts';
import { Plan, toDate, toMoment } from './plan.ts';
import { readJson } from './read-json.ts';

/** What GET /tasks/projects/:id/export.json gave. */
export function planTaskflow(content: string): Plan {
  const data = readJson(content, ProjectExport, 'an export of TaskFlow');
  const plan = new Plan();
  plan.description = data.project.description.slice(0, 20_000);
  const columns = data.columns.map(({ name, category, wipLimit }) => plan.column(name, category, wipLimit));
  const labels = new Map(data.labels.map(({ name, color }) => [name, plan.label(name, /^#[0-9a-f]{6}$/.test(color) ? color : undefined)]));
  const indexes = new Map(data.tasks.map(({ number }, index) => [number, index]));
  for (const { parent, attachments, recurrence, ...task } of data.tasks) {
    if (attachments.length > 0) plan.leave('attachment', task.title, attachments.length);
    plan.task({
      ...task,
      column: columns[task.column] ?? plan.column('To do'),
      labels: task.labels.flatMap((name) => labels.get(name) ?? []),
      startDate: toDate(task.startDate),
      dueDate: toDate(task.dueDate),
      parent: parent === null ? null : (indexes.get(parent) ?? null),
      createdAt: toMoment(task.createdAt),
      recurrence: recurrence && toDate(recurrence.startsOn) ? { ...recurrence, rule: checkRule(recurrence.rule) } : null,
    });
  }
  for (const { type, from, to } of data.relations) {
    const [a, b] = [indexes.get(from), indexes.get(to)];
    if (a === undefined || b === undefined || !['blocks', 'duplicates', 'relates'].includes(type))
      plan.leave('relation', `${from} ${type} ${to}`);
    else plan.relations.push({ type, from: a, to: b });
  }
  return plan.finish();
}
