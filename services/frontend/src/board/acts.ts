import type { Priority } from '@taskflow/contracts/tasks';
import { type Card, findCard, placeOf } from '../changes/apply.ts';
import type { Change, Fields, Place } from '../changes/change.ts';
import { isTemporaryId, sameValue } from '../changes/change.ts';
import { act } from '../changes/changes.ts';
import { today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { ProjectView } from '../project/project-view.ts';
import { parseQuickAdd } from './quick-add.ts';

/** What people do to tasks: each shows at once, and can be taken back. */

export const humanId = ({ board }: Pick<ProjectView, 'board'>, { number }: Pick<Card, 'number'>): string => `${board.key}-${number}`;

export function moveCard(view: ProjectView, card: Card, to: Place): void {
  const from = placeOf(view.board, card.id);
  if (!from || isTemporaryId(card.id)) return;
  if (to.before === card.id || to.after === card.id) return;
  const isBeside = to.before !== undefined || to.after !== undefined;
  const isThere = to.before === from.before || to.after === from.after;
  if (from.columnId === to.columnId && (isBeside ? isThere : from.before === undefined)) return;
  const column = view.board.columns.find(({ id }) => id === to.columnId);
  const name = humanId(view, card);
  act(t('change.moved', { name, column: column?.name ?? '' }), { ...about(view, card, name), kind: 'move', to, from });
}

/** To the end of a column, in the order in which they are given. */
export function moveCards(view: ProjectView, cards: Card[], columnId: string): void {
  const changes = cards.flatMap((card): Change[] => {
    const from = placeOf(view.board, card.id);
    if (!from || from.columnId === columnId || isTemporaryId(card.id)) return [];
    return [{ ...about(view, card, humanId(view, card)), kind: 'move', to: { columnId }, from }];
  });
  act(t('change.editedMany', { count: changes.length }), ...changes);
}

export function addTasks(
  view: ProjectView,
  columnId: string,
  lines: string[],
  defaults: { priority?: Priority; assigneeIds?: string[]; labelIds?: string[]; parentId?: string } = {},
): void {
  const context = {
    people: [...view.people.values()].filter(({ active }) => active).map(({ userId, name, handle }) => ({ id: userId, name, handle })),
    labels: [...view.labels.values()],
    today: today(),
  };
  const changes = lines.map((typed): Change => {
    const id = crypto.randomUUID();
    const body = { columnId, ...defaults, ...parseQuickAdd(typed, context) };
    return { id, projectId: view.project.id, taskId: `new:${id}`, name: '', version: 0, kind: 'create', body, typed };
  });
  const label = changes.length === 1 ? t('change.added', { name: lines[0]! }) : t('change.addedMany', { count: changes.length });
  act(label, ...changes);
}

export interface Editable {
  id: string;
  version: number;
  name: string;
  values: Fields;
}

/** Only fields that differ are sent. */
export function editTask(view: Pick<ProjectView, 'project'>, task: Editable, to: Fields): void {
  const changed = Object.keys(to).filter((field) => !sameValue(to[field as keyof Fields], task.values[field as keyof Fields]));
  if (changed.length === 0 || isTemporaryId(task.id)) return;
  act(t('change.edited', { name: task.name }), editChange(view, task, to, changed));
}

/** The same edit to several tasks, taken back as one. */
export function editTasks(view: Pick<ProjectView, 'project'>, tasks: Editable[], edit: (task: Editable) => Fields): void {
  const changes = tasks.flatMap((task) => {
    const to = edit(task);
    const changed = Object.keys(to).filter((field) => !sameValue(to[field as keyof Fields], task.values[field as keyof Fields]));
    return changed.length === 0 || isTemporaryId(task.id) ? [] : [editChange(view, task, to, changed)];
  });
  act(t('change.editedMany', { count: changes.length }), ...changes);
}

function editChange(view: Pick<ProjectView, 'project'>, task: Editable, to: Fields, fields: string[]): Change {
  const pick = (from: Fields): Fields => Object.fromEntries(fields.map((field) => [field, from[field as keyof Fields] ?? null]));
  return { ...about(view, task, task.name), kind: 'patch', to: pick(to), from: pick(task.values) };
}

export function deleteTasks(
  view: Pick<ProjectView, 'project' | 'board'>,
  tasks: Array<{ id: string; version: number; name: string }>,
): void {
  const changes = tasks
    .filter(({ id }) => !isTemporaryId(id))
    .map((task): Change => {
      const [card, place] = [findCard(view.board, task.id), placeOf(view.board, task.id)];
      return { ...about(view, task, task.name), kind: 'delete', taken: card && place && { card, place } };
    });
  const label = changes.length === 1 ? t('change.deleted', { name: tasks[0]!.name }) : t('change.deletedMany', { count: changes.length });
  act(label, ...changes);
}

export const editable = (view: Pick<ProjectView, 'board'>, card: Card): Editable => ({
  id: card.id,
  version: card.version,
  name: humanId(view, card),
  values: {
    title: card.title,
    priority: card.priority ?? 'none',
    assigneeIds: card.assigneeIds ?? [],
    labelIds: card.labelIds ?? [],
    startDate: card.startDate ?? null,
    dueDate: card.dueDate ?? null,
    estimate: card.estimate ?? null,
    parentId: card.parentId ?? null,
  },
});

const about = ({ project }: Pick<ProjectView, 'project'>, { id, version }: { id: string; version: number }, name: string) => ({
  id: crypto.randomUUID(),
  projectId: project.id,
  taskId: id,
  name,
  version,
});
