import type { Board } from '@taskflow/contracts/tasks';
import type { Card } from '../src/changes/apply.ts';

export const card = (id: string, more: Partial<Card> = {}): Card => ({
  id,
  number: Number(id.replace(/\D/g, '')),
  title: `Task ${id}`,
  rank: id,
  version: 1,
  ...more,
});

/** Columns named by their cards: `board({ a: [card('1')], b: [] })` */
export const board = (columns: Record<string, Card[]>): Board => ({
  projectId: 'p',
  key: 'ENG',
  columns: Object.entries(columns).map(([id, cards]) => ({
    id,
    name: id,
    category: id === 'done' ? 'done' : 'todo',
    wipLimit: null,
    version: 1,
    cards,
  })),
});

/** column → ids of its cards, in order */
export const places = ({ columns }: Board) => Object.fromEntries(columns.map(({ id, cards }) => [id, cards.map((each) => each.id)]));
