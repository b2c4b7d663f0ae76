import type { Priority } from '@taskflow/contracts/tasks';
import { useRef, useState } from 'react';
import type { Card } from '../changes/apply.ts';
import { columnOf } from '../changes/apply.ts';
import { Avatar } from '../design/Avatar.tsx';
import type { Anchor } from '../design/popup.ts';
import { DayPicker, Menu, Picker } from '../design/popups.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { navigate } from '../router/router.tsx';
import { PRIORITIES } from '../task/priorities.ts';
import { deleteTasks, editable, editTask, humanId, moveCard } from './acts.ts';
import { PriorityMark } from './PriorityMark.tsx';

interface CardMenuProps {
  card: Card;
  anchor: Anchor;
  onClose: () => void;
  /** opened by the key for it, one of the things to choose comes at once */
  begin?: CardChoice | undefined;
}

export type CardChoice = 'column' | 'priority' | 'assignees' | 'labels' | 'due';

/** What can be done to a card without opening it. */
export default function CardMenu({ card, anchor, onClose, begin }: CardMenuProps) {
  const view = useProject();
  const { board, path, people, labels } = view;
  const [choice, setChoice] = useState<CardChoice | undefined>(begin);
  const next = useRef<CardChoice>(undefined);
  const then = (chosen: CardChoice) => () => {
    next.current = chosen;
  };
  const name = humanId(view, card);
  const task = editable(view, card);
  const column = columnOf(board, card.id);
  const popup = { anchor, onClose };
  const toEnd = (columnId: string) => moveCard(view, card, { columnId });
  const toTop = () => {
    const first = column?.cards[0];
    if (column && first && first.id !== card.id) moveCard(view, card, { columnId: column.id, before: first.id });
  };
  switch (choice) {
    case 'column':
      return (
        <Picker
          {...popup}
          label={t('task.column')}
          items={board.columns.map(({ id, name, category }) => ({
            id,
            name,
            before: <span className="category" data-category={category} />,
          }))}
          selected={column ? [column.id] : []}
          onChange={([id]) => id && id !== column?.id && toEnd(id)}
        />
      );
    case 'priority':
      return (
        <Picker
          {...popup}
          label={t('task.priority')}
          items={PRIORITIES.map((id) => ({ id, name: t(`priority.${id}`), before: <PriorityMark priority={id} always /> }))}
          selected={[card.priority ?? 'none']}
          onChange={([id]) => id && editTask(view, task, { priority: id as Priority })}
        />
      );
    case 'assignees':
      return (
        <Picker
          {...popup}
          label={t('task.assignees')}
          multiple
          items={[...people.values()]
            .filter(({ active, userId }) => active || card.assigneeIds?.includes(userId))
            .map(({ userId, name, handle }) => ({ id: userId, name, also: handle, before: <Avatar id={userId} name={name} /> }))}
          selected={card.assigneeIds ?? []}
          onChange={(assigneeIds) => editTask(view, task, { assigneeIds })}
        />
      );
    case 'labels':
      return (
        <Picker
          {...popup}
          label={t('task.labels')}
          multiple
          items={[...labels.values()].map(({ id, name, color }) => ({
            id,
            name,
            before: <span className="label-dot" style={{ '--color': color }} />,
          }))}
          selected={card.labelIds ?? []}
          onChange={(labelIds) => editTask(view, task, { labelIds })}
        />
      );
    case 'due':
      return (
        <DayPicker
          {...popup}
          label={t('task.dueDate')}
          value={card.dueDate ?? null}
          onChange={(dueDate) => editTask(view, task, { dueDate })}
        />
      );
    default:
      return (
        <Menu
          {...popup}
          onClose={() => (next.current ? setChoice(next.current) : onClose())} // what is chosen from comes in its place
          label={t('card.menu', { name })}
          entries={[
            {
              id: 'open',
              label: t('card.open'),
              icon: 'arrowRight',
              shortcut: '↵',
              onAction: () => navigate(`${path}/board/${name}${location.search}`),
            },
            {
              section: '',
              entries: [
                { id: 'column', label: t('card.move'), icon: 'board', shortcut: 'S', onAction: then('column') },
                { id: 'top', label: t('card.toTop'), icon: 'arrowUp', isDisabled: column?.cards[0]?.id === card.id, onAction: toTop },
                {
                  id: 'bottom',
                  label: t('card.toBottom'),
                  icon: 'arrowDown',
                  isDisabled: column?.cards.at(-1)?.id === card.id,
                  onAction: () => column && toEnd(column.id),
                },
              ],
            },
            {
              section: '',
              entries: [
                { id: 'assignees', label: t('task.assignees'), icon: 'people', shortcut: 'A', onAction: then('assignees') },
                { id: 'labels', label: t('task.labels'), icon: 'label', shortcut: 'L', onAction: then('labels') },
                { id: 'priority', label: t('task.priority'), icon: 'flag', shortcut: 'P', onAction: then('priority') },
                { id: 'due', label: t('task.dueDate'), icon: 'calendar', shortcut: 'D', onAction: then('due') },
              ],
            },
            {
              section: '',
              entries: [
                {
                  id: 'link',
                  label: t('task.copyLink'),
                  icon: 'link',
                  onAction: () => copy(new URL(`${path}/board/${name}`, location.origin).href),
                },
                {
                  id: 'delete',
                  label: t('task.delete'),
                  icon: 'trash',
                  shortcut: '⌫',
                  tone: 'bad',
                  onAction: () => deleteTasks(view, [task]),
                },
              ],
            },
          ]}
        />
      );
  }
}

const copy = (text: string): void =>
  void navigator.clipboard?.writeText(text).then(
    () => showToast({ text: t('task.copiedLink') }),
    () => showToast({ text: t('app.notCopied'), tone: 'bad' }),
  );
