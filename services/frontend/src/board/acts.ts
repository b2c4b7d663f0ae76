import { type Card, findCard, placeOf } from '../changes/apply.ts';
import type { Change, Fields, Place } from '../changes/change.ts';
import { isTemporaryId, sameValue } from '../changes/change.ts';
import { act } from '../changes/changes.ts';
import { t } from '../i18n/translate.ts';
import type { ProjectFrame, ProjectView } from '../project/project-view.ts';

/** What people do to tasks: each shows at once, and can be taken back. */

export const humanId = ({ project }: Pick<ProjectFrame, 'project'>, { number }: Pick<Card, 'number'>): string => `${project.key}-${number}`;

/** @param fields what changes along with its place, such as the assignee of another lane */
export function moveCard(view: ProjectView, card: Card, to: Place, fields: Fields = {}): void {
  const from = placeOf(view.board, card.id);
  if (!from || isTemporaryId(card.id)) return;
  const name = humanId(view, card);
  const changes: Change[] = [];
  if (!isSamePlace(card, from, to)) changes.push({ ...about(view, card, name), kind: 'move', to, from });
  const task = editable(view, card);
  const changed = changedFields(task, fields);
  if (changed.length > 0) changes.push(editChange(view, task, fields, changed));
  const column = view.board.columns.find(({ id }) => id === to.columnId)?.name ?? '';
  act(from.columnId === to.columnId && changed.length > 0 ? t('change.edited', { name }) : t('change.moved', { name, column }), ...changes);
}

function isSamePlace(card: Card, from: Place, to: Place): boolean {
  if (to.before === card.id || to.after === card.id) return true;
  const isBeside = to.before !== undefined || to.after !== undefined;
  const isThere = to.before === from.before || to.after === from.after;
  return from.columnId === to.columnId && (isBeside ? isThere : from.before === undefined);
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

export interface Editable {
  id: string;
  version: number;
  name: string;
  values: Fields;
}

/** Only fields that differ are sent. */
export function editTask(view: Pick<ProjectFrame, 'project'>, task: Editable, to: Fields): void {
  const changed = changedFields(task, to);
  if (changed.length === 0 || isTemporaryId(task.id)) return;
  act(t('change.edited', { name: task.name }), editChange(view, task, to, changed));
}

/** The same edit to several tasks, taken back as one. */
export function editTasks(view: Pick<ProjectFrame, 'project'>, tasks: Editable[], edit: (task: Editable) => Fields): void {
  const changes = tasks.flatMap((task) => {
    const to = edit(task);
    const changed = changedFields(task, to);
    return changed.length === 0 || isTemporaryId(task.id) ? [] : [editChange(view, task, to, changed)];
  });
  act(t('change.editedMany', { count: changes.length }), ...changes);
}

const changedFields = (task: Editable, to: Fields): string[] =>
  Object.keys(to).filter((field) => !sameValue(to[field as keyof Fields], task.values[field as keyof Fields]));

function editChange(view: Pick<ProjectFrame, 'project'>, task: Editable, to: Fields, fields: string[]): Change {
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

export const editable = (view: Pick<ProjectFrame, 'project'>, card: Card): Editable => ({
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

const about = ({ project }: Pick<ProjectFrame, 'project'>, { id, version }: { id: string; version: number }, name: string) => ({
  id: crypto.randomUUID(),
  projectId: project.id,
  taskId: id,
  name,
  version,
});
