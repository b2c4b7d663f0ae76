import type { Priority } from '@taskflow/contracts/tasks';
import { useState } from 'react';
import { deleteTasks, editable, editTasks, moveCards } from '../board/acts.ts';
import { PriorityMark } from '../board/PriorityMark.tsx';
import { findCard } from '../changes/apply.ts';
import { Avatar } from '../design/Avatar.tsx';
import { Icon, type IconName } from '../design/Icon.tsx';
import { DayPicker, Picker } from '../design/popups.tsx';
import { t } from '../i18n/translate.ts';
import { useProject } from '../project/project-view.ts';
import { PRIORITIES } from '../task/priorities.ts';
import type { Selection } from './selection.ts';

type Choice = 'column' | 'assignees' | 'labels' | 'priority' | 'due';

/** What can be done to all that are chosen, and taken back as one. */
export function BulkBar({ selection }: { selection: Selection }) {
  const view = useProject();
  const [open, setOpen] = useState<{ choice: Choice; anchor: HTMLElement }>();
  const cards = [...selection.ids].flatMap((id) => findCard(view.board, id) ?? []);
  const tasks = cards.map((card) => editable(view, card));
  const button = (choice: Choice, icon: IconName, label: string) => (
    <button
      type="button"
      className="button"
      data-size="small"
      aria-haspopup="dialog"
      onClick={(event) => setOpen({ choice, anchor: event.currentTarget })}
    >
      <Icon name={icon} />
      <span className="filter-name">{label}</span>
    </button>
  );
  const popup = open && { anchor: open.anchor, onClose: () => setOpen(undefined) };
  /** Chosen for some of them: added; chosen for all of them before and now no longer: removed. */
  const shared = (field: 'assigneeIds' | 'labelIds') => {
    const [first = [], ...rest] = cards.map((card) => card[field] ?? []);
    return first.filter((id) => rest.every((ids) => ids.includes(id)));
  };
  const change = (field: 'assigneeIds' | 'labelIds', ids: string[]) => {
    const before = shared(field);
    const [added, removed] = [ids.filter((id) => !before.includes(id)), before.filter((id) => !ids.includes(id))];
    editTasks(view, tasks, (task) => {
      const own = (task.values[field] ?? []) as string[];
      return { [field]: [...new Set([...own, ...added])].filter((id) => !removed.includes(id)) };
    });
  };
  return (
    <div className="bulk" role="toolbar" aria-label={t('list.selected', { count: cards.length })}>
      <strong className="number">{t('list.selected', { count: cards.length })}</strong>
      {button('column', 'board', t('card.move'))}
      {button('assignees', 'people', t('task.assignees'))}
      {button('labels', 'label', t('task.labels'))}
      {button('priority', 'flag', t('task.priority'))}
      {button('due', 'calendar', t('task.dueDate'))}
      <button
        type="button"
        className="button"
        data-kind="danger"
        data-size="small"
        onClick={() => {
          deleteTasks(view, tasks);
          selection.clear();
        }}
      >
        <Icon name="trash" />
        <span className="filter-name">{t('task.delete')}</span>
      </button>
      <button type="button" className="button" data-icon="" data-size="small" aria-label={t('list.clear')} onClick={selection.clear}>
        <Icon name="close" />
      </button>
      {popup && open.choice === 'column' && (
        <Picker
          {...popup}
          label={t('card.move')}
          items={view.board.columns.map(({ id, name, category }) => ({
            id,
            name,
            before: <span className="category" data-category={category} />,
          }))}
          selected={[]}
          onChange={([id]) => id && moveCards(view, cards, id)}
        />
      )}
      {popup && open.choice === 'assignees' && (
        <Picker
          {...popup}
          label={t('task.assignees')}
          multiple
          items={[...view.people.values()]
            .filter(({ active }) => active)
            .map(({ userId, name, handle }) => ({ id: userId, name, also: handle, before: <Avatar id={userId} name={name} /> }))}
          selected={shared('assigneeIds')}
          onChange={(ids) => change('assigneeIds', ids)}
        />
      )}
      {popup && open.choice === 'labels' && (
        <Picker
          {...popup}
          label={t('task.labels')}
          multiple
          items={[...view.labels.values()].map(({ id, name, color }) => ({
            id,
            name,
            before: <span className="label-dot" style={{ '--color': color }} />,
          }))}
          selected={shared('labelIds')}
          onChange={(ids) => change('labelIds', ids)}
        />
      )}
      {popup && open.choice === 'priority' && (
        <Picker
          {...popup}
          label={t('task.priority')}
          items={PRIORITIES.map((id) => ({ id, name: t(`priority.${id}`), before: <PriorityMark priority={id} always /> }))}
          selected={[]}
          onChange={([priority]) => priority && editTasks(view, tasks, () => ({ priority: priority as Priority }))}
        />
      )}
      {popup && open.choice === 'due' && (
        <DayPicker {...popup} label={t('task.dueDate')} value={null} onChange={(dueDate) => editTasks(view, tasks, () => ({ dueDate }))} />
      )}
    </div>
  );
}
