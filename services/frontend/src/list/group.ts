import type { Board } from '@taskflow/contracts/tasks';
import type { Card, Column } from '../changes/apply.ts';
import { addDays, today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { ProjectView } from '../project/project-view.ts';
import { PRIORITIES } from '../task/priorities.ts';

export const GROUPINGS = ['column', 'assignee', 'label', 'priority', 'due', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const SORTINGS = ['order', 'priority', 'due', 'title', 'number', 'estimate'] as const;
export type Sorting = (typeof SORTINGS)[number];

export interface Row {
  card: Card;
  column: Column;
}

export interface Group {
  id: string;
  name: string;
  rows: Row[];
}

type Names = Pick<ProjectView, 'people' | 'labels'>;

/** The tasks of a board in groups; one with two assignees or labels stands in both. Groups without tasks are left out. */
export function groupBoard(board: Board, names: Names, grouping: Grouping, sorting: Sorting): Group[] {
  const rows = board.columns.flatMap((column) => column.cards.map((card): Row => ({ card, column })));
  const sorted = sorting === 'order' ? rows : rows.toSorted(COMPARE[sorting]);
  const groups = new Map<string, Group>();
  for (const group of emptyGroups(board, names, grouping)) groups.set(group.id, group);
  for (const row of sorted) for (const id of groupsOf(row, grouping)) groups.get(id)?.rows.push(row);
  return [...groups.values()].filter((group) => group.rows.length > 0);
}

function emptyGroups(board: Board, { people, labels }: Names, grouping: Grouping): Group[] {
  const group = (id: string, name: string): Group => ({ id, name, rows: [] });
  const byName = (a: Group, b: Group) => a.name.localeCompare(b.name);
  switch (grouping) {
    case 'column':
      return board.columns.map(({ id, name }) => group(id, name));
    case 'assignee':
      return [...[...people.values()].map(({ userId, name }) => group(userId, name)).sort(byName), group('none', t('filter.noOne'))];
    case 'label':
      return [...[...labels.values()].map(({ id, name }) => group(id, name)).sort(byName), group('none', t('list.noLabel'))];
    case 'priority':
      return PRIORITIES.map((priority) => group(priority, t(`priority.${priority}`)));
    case 'due':
      return (['overdue', 'today', 'week', 'later', 'none'] as const).map((when) => group(when, t(`list.due.${when}`)));
    case 'none':
      return [group('all', t('list.all'))];
  }
}

function groupsOf({ card, column }: Row, grouping: Grouping): string[] {
  switch (grouping) {
    case 'column':
      return [column.id];
    case 'assignee':
      return card.assigneeIds ?? ['none'];
    case 'label':
      return card.labelIds ?? ['none'];
    case 'priority':
      return [card.priority ?? 'none'];
    case 'due':
      return [dueGroup(card.dueDate)];
    case 'none':
      return ['all'];
  }
}

export function dueGroup(day: string | undefined): 'overdue' | 'today' | 'week' | 'later' | 'none' {
  if (day === undefined) return 'none';
  const now = today();
  if (day < now) return 'overdue';
  if (day === now) return 'today';
  return day <= addDays(now, 7) ? 'week' : 'later';
}

const rankOf = ({ card }: Row): number => PRIORITIES.indexOf(card.priority ?? 'none');
/** Without a date, or an estimate, comes last. */
const orLast = (value: string | undefined): string => value ?? '~';

const COMPARE: Record<Exclude<Sorting, 'order'>, (a: Row, b: Row) => number> = {
  priority: (a, b) => rankOf(a) - rankOf(b),
  due: (a, b) => orLast(a.card.dueDate).localeCompare(orLast(b.card.dueDate)),
  title: (a, b) => a.card.title.localeCompare(b.card.title),
  number: (a, b) => a.card.number - b.card.number,
  estimate: (a, b) => (b.card.estimate ?? -1) - (a.card.estimate ?? -1),
};
