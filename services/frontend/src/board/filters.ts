import type { Board } from '@taskflow/contracts/tasks';
import { useMemo } from 'react';
import type { Card } from '../changes/apply.ts';
import { addDays, today } from '../i18n/dates.ts';
import { setSearch, usePlace } from '../router/router.tsx';

/** In the address, so that a filtered board can be kept and shared: ?text=login&assignee=…,none&label=…&priority=high&due=overdue */
export interface Filters {
  text: string;
  assignee: string[];
  label: string[];
  priority: string[];
  due: string;
}

export const DUE = ['overdue', 'today', 'week', 'none'] as const;
const list = (text: string | null): string[] => text?.split(',').filter(Boolean) ?? [];

export function useFilters(): Filters & { isActive: boolean } {
  const { search } = usePlace();
  return useMemo(() => {
    const filters = {
      text: search.get('text') ?? '',
      assignee: list(search.get('assignee')),
      label: list(search.get('label')),
      priority: list(search.get('priority')),
      due: search.get('due') ?? '',
    };
    return { ...filters, isActive: Object.values(filters).some((value) => value.length > 0) };
  }, [search]);
}

export const setFilter = (name: keyof Filters, value: string | string[]): void =>
  setSearch({ [name]: Array.isArray(value) ? value.join(',') : value });

export const clearFilters = (): void => setSearch({ text: null, assignee: null, label: null, priority: null, due: null });

export function filterBoard(board: Board, filters: Filters & { isActive: boolean }): Board {
  if (!filters.isActive) return board;
  const matches = matcher(board.key, filters);
  return { ...board, columns: board.columns.map((column) => ({ ...column, cards: column.cards.filter(matches) })) };
}

function matcher(key: string, { text, assignee, label, priority, due }: Filters): (card: Card) => boolean {
  const words = plain(text).split(/\s+/).filter(Boolean);
  const [now, week] = [today(), addDays(today(), 7)];
  const anyOf = (wanted: string[], ids: string[] = []) =>
    wanted.length === 0 || wanted.some((id) => (id === 'none' ? ids.length === 0 : ids.includes(id)));
  const isDue = (day: string | undefined) => {
    if (due === 'overdue') return day !== undefined && day < now;
    if (due === 'today') return day === now;
    if (due === 'week') return day !== undefined && day >= now && day <= week;
    return due !== 'none' || day === undefined;
  };
  return (card) => {
    const title = words.length > 0 ? plain(`${key}-${card.number} ${card.title}`) : '';
    return (
      words.every((word) => title.includes(word)) &&
      anyOf(assignee, card.assigneeIds) &&
      anyOf(label, card.labelIds) &&
      (priority.length === 0 || priority.includes(card.priority ?? 'none')) &&
      isDue(card.dueDate)
    );
  };
}

const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
