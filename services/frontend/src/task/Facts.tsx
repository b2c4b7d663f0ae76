import { useQueryClient } from '@tanstack/react-query';
import type { Priority, Task } from '@taskflow/contracts/tasks';
import { type ReactNode, useState } from 'react';
import { createLabel } from '../api/tasks.ts';
import { editTask, moveCard } from '../board/acts.ts';
import { PriorityMark } from '../board/PriorityMark.tsx';
import { findCard } from '../changes/apply.ts';
import type { Fields } from '../changes/change.ts';
import { labelsQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { usePopup } from '../design/popup.ts';
import { DayPicker, Picker } from '../design/popups.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatDay, today } from '../i18n/dates.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useFrame, useProject } from '../project/project-view.ts';
import { Link } from '../router/router.tsx';
import { editableTask } from './editable-task.ts';
import { newLabelColor } from './label-color.ts';
import { PRIORITIES } from './priorities.ts';
import { Recurring } from './Recurring.tsx';

/** What is known of a task, each changed by choosing. */
export function Facts({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const view = useProject();
  const edit = (to: Fields) => editTask(view, editableTask(task), to);
  const isLate = task.dueDate !== null && task.dueDate < today() && task.category !== 'done';
  return (
    <dl className="facts">
      <ColumnFact task={task} canEdit={canEdit} />
      <PriorityFact task={task} canEdit={canEdit} edit={edit} />
      <AssigneesFact task={task} canEdit={canEdit} edit={edit} />
      <LabelsFact task={task} canEdit={canEdit} edit={edit} />
      <DayFact name={t('task.startDate')} value={task.startDate} canEdit={canEdit} onChange={(startDate) => edit({ startDate })} />
      <DayFact name={t('task.dueDate')} value={task.dueDate} canEdit={canEdit} isLate={isLate} onChange={(dueDate) => edit({ dueDate })} />
      <EstimateFact key={task.estimate} task={task} canEdit={canEdit} edit={edit} />
      <ParentFact task={task} canEdit={canEdit} edit={edit} />
      <Recurring task={task} canEdit={canEdit} />
    </dl>
  );
}

export interface FactProps {
  name: string;
  canEdit: boolean;
  /** the value, in words and marks; undefined when there is none */
  children: ReactNode;
  open: (event: { currentTarget: Element }) => void;
  isOpen: boolean;
}

/** A fact with its name; a button that opens what changes it, for those who may. */
export function Fact({ name, canEdit, children, open, isOpen }: FactProps) {
  const value = children ?? <span className="quiet">{t('task.none')}</span>;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>
        {canEdit ? (
          <button type="button" className="fact-value" aria-haspopup="dialog" aria-expanded={isOpen} onClick={open}>
            <span className="unseen">{`${name}: `}</span>
            {value}
          </button>
        ) : (
          <span className="fact-value">{value}</span>
        )}
      </dd>
    </div>
  );
}

interface Editing {
  task: Task;
  canEdit: boolean;
  edit: (to: Fields) => void;
}

function ColumnFact({ task, canEdit }: Omit<Editing, 'edit'>) {
  const view = useProject();
  const popup = usePopup();
  const column = view.board.columns.find(({ id }) => id === task.columnId);
  const move = (columnId: string) => {
    const card = findCard(view.board, task.id);
    if (card && columnId !== task.columnId) moveCard(view, card, { columnId });
  };
  return (
    <>
      <Fact name={t('task.column')} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        <span className="category" data-category={task.category} />
        {column?.name ?? t('task.somewhere')}
      </Fact>
      {popup.anchor && (
        <Picker
          label={t('task.column')}
          anchor={popup.anchor}
          onClose={popup.close}
          items={view.board.columns.map(({ id, name, category }) => ({
            id,
            name,
            before: <span className="category" data-category={category} />,
          }))}
          selected={[task.columnId]}
          onChange={([id]) => id && move(id)}
        />
      )}
    </>
  );
}

function PriorityFact({ task, canEdit, edit }: Editing) {
  const popup = usePopup();
  return (
    <>
      <Fact name={t('task.priority')} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        <PriorityMark priority={task.priority} />
        <span aria-hidden={task.priority !== 'none'}>{t(`priority.${task.priority}`)}</span>
      </Fact>
      {popup.anchor && (
        <Picker
          label={t('task.priority')}
          anchor={popup.anchor}
          onClose={popup.close}
          items={PRIORITIES.map((priority) => ({
            id: priority,
            name: t(`priority.${priority}`),
            before: <PriorityMark priority={priority} always />,
          }))}
          selected={[task.priority]}
          onChange={([priority]) => priority && edit({ priority: priority as Priority })}
        />
      )}
    </>
  );
}

function AssigneesFact({ task, canEdit, edit }: Editing) {
  const { people } = useFrame();
  const popup = usePopup();
  const nameOf = (id: string) => people.get(id)?.name ?? t('task.somebody');
  return (
    <>
      <Fact name={t('task.assignees')} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        {task.assigneeIds.length > 0
          ? task.assigneeIds.map((id) => (
              <span key={id} className="row">
                <Avatar id={id} name={nameOf(id)} />
                {nameOf(id)}
              </span>
            ))
          : undefined}
      </Fact>
      {popup.anchor && (
        <Picker
          label={t('task.assignees')}
          anchor={popup.anchor}
          onClose={popup.close}
          multiple
          items={[...people.values()]
            .filter(({ userId, active }) => active || task.assigneeIds.includes(userId))
            .map(({ userId, name, handle }) => ({ id: userId, name, also: handle, before: <Avatar id={userId} name={name} /> }))}
          selected={task.assigneeIds}
          onChange={(assigneeIds) => edit({ assigneeIds })}
        />
      )}
    </>
  );
}

function LabelsFact({ task, canEdit, edit }: Editing) {
  const { labels, project } = useFrame();
  const client = useQueryClient();
  const popup = usePopup();
  const create = async (name: string) => {
    try {
      const label = await createLabel({ name, color: newLabelColor(name), projectId: project.id });
      client.setQueryData(labelsQuery(project.id).queryKey, (known) => [...(known ?? []), label]);
      edit({ labelIds: [...task.labelIds, label.id] });
    } catch (error) {
      showToast({ text: explain(error), tone: 'bad' });
    }
  };
  return (
    <>
      <Fact name={t('task.labels')} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        {task.labelIds.length > 0
          ? task.labelIds.map((id) => (
              <span key={id} className="label-chip" style={{ '--color': labels.get(id)?.color ?? '' }}>
                {labels.get(id)?.name}
              </span>
            ))
          : undefined}
      </Fact>
      {popup.anchor && (
        <Picker
          label={t('task.labels')}
          anchor={popup.anchor}
          onClose={popup.close}
          multiple
          items={[...labels.values()].map(({ id, name, color }) => ({
            id,
            name,
            before: <span className="label-dot" style={{ '--color': color }} />,
          }))}
          selected={task.labelIds}
          onChange={(labelIds) => edit({ labelIds })}
          onCreate={(name) => void create(name)}
        />
      )}
    </>
  );
}

interface DayFactProps {
  name: string;
  value: string | null;
  canEdit: boolean;
  isLate?: boolean;
  onChange: (day: string | null) => void;
}

function DayFact({ name, value, canEdit, isLate = false, onChange }: DayFactProps) {
  const popup = usePopup();
  return (
    <>
      <Fact name={name} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        {value ? (
          <span className="card-fact" data-late={isLate || undefined}>
            <Icon name="due" size={14} />
            {formatDay(value)}
          </span>
        ) : undefined}
      </Fact>
      {popup.anchor && <DayPicker label={name} anchor={popup.anchor} onClose={popup.close} value={value} onChange={onChange} />}
    </>
  );
}

/** A number that is typed: Enter or leaving it saves. */
function EstimateFact({ task, canEdit, edit }: Editing) {
  const [text, setText] = useState(task.estimate === null ? '' : String(task.estimate));
  if (!canEdit) {
    return (
      <div className="fact">
        <dt>{t('task.estimate')}</dt>
        <dd>
          <span className="fact-value number">{task.estimate === null ? t('task.none') : formatNumber(task.estimate)}</span>
        </dd>
      </div>
    );
  }
  const value = text.trim() === '' ? null : Number(text.replace(',', '.'));
  const isWrong = value !== null && !(value >= 0 && value <= 1_000_000);
  return (
    <div className="fact">
      <dt>
        <label htmlFor="task-estimate">{t('task.estimate')}</label>
      </dt>
      <dd>
        <input
          id="task-estimate"
          className="fact-value fact-input number"
          inputMode="decimal"
          value={text}
          placeholder={t('task.none')}
          aria-invalid={isWrong || undefined}
          title={isWrong ? t('task.estimateForm') : undefined}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          onBlur={() => !isWrong && value !== task.estimate && edit({ estimate: value })}
        />
      </dd>
    </div>
  );
}

function ParentFact({ task, canEdit, edit }: Editing) {
  const { board, path } = useProject();
  const popup = usePopup();
  const cards = board.columns.flatMap((column) => column.cards);
  const parent = task.parentId ? cards.find(({ id }) => id === task.parentId) : undefined;
  if (task.parentId === null && !canEdit) return null;
  return (
    <>
      <Fact name={t('task.parent')} canEdit={canEdit} open={popup.open} isOpen={popup.anchor !== undefined}>
        {task.parentId ? (parent ? `${board.key}-${parent.number} ${parent.title}` : t('task.somewhere')) : undefined}
      </Fact>
      {parent && (
        <div className="fact">
          <dt />
          <dd>
            <Link className="fact-value" to={`${path}/board/${board.key}-${parent.number}`}>
              {t('task.openParent')}
            </Link>
          </dd>
        </div>
      )}
      {popup.anchor && (
        <Picker
          label={t('task.parent')}
          anchor={popup.anchor}
          onClose={popup.close}
          items={[
            { id: 'none', name: t('task.none') },
            ...cards
              .filter(({ id, number, parentId }) => id !== task.id && number > 0 && parentId !== task.id)
              .slice(0, 500)
              .map(({ id, number, title }) => ({ id, name: `${board.key}-${number} ${title}` })),
          ]}
          selected={[task.parentId ?? 'none']}
          onChange={([id]) => id && edit({ parentId: id === 'none' ? null : id })}
        />
      )}
    </>
  );
}
