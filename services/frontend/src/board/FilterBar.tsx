import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Avatar } from '../design/Avatar.tsx';
import { Icon, type IconName } from '../design/Icon.tsx';
import { usePopup } from '../design/popup.ts';
import { Picker } from '../design/popups.tsx';
import { t } from '../i18n/translate.ts';
import { useFrame } from '../project/project-view.ts';
import { PRIORITIES } from '../task/priorities.ts';
import { clearFilters, DUE, setFilter, useFilters } from './filters.ts';
import { PriorityMark } from './PriorityMark.tsx';

/** What of the project is shown. All of it is in the address. */
export function FilterBar({ children }: { children?: ReactNode }) {
  const { people, labels } = useFrame();
  const filters = useFilters();
  const nobody = { id: 'none', name: t('filter.noOne') };
  const none = { id: 'none', name: t('task.none') };
  return (
    <search className="filters">
      <TextFilter value={filters.text} />
      <ListFilter
        name="assignee"
        icon="people"
        label={t('task.assignees')}
        selected={filters.assignee}
        items={[
          nobody,
          ...[...people.values()]
            .filter(({ active }) => active)
            .map(({ userId, name, handle }) => ({ id: userId, name, also: handle, before: <Avatar id={userId} name={name} /> })),
        ]}
      />
      <ListFilter
        name="label"
        icon="label"
        label={t('task.labels')}
        selected={filters.label}
        items={[
          none,
          ...[...labels.values()].map(({ id, name, color }) => ({
            id,
            name,
            before: <span className="label-dot" style={{ '--color': color }} />,
          })),
        ]}
      />
      <ListFilter
        name="priority"
        icon="flag"
        label={t('task.priority')}
        selected={filters.priority}
        items={PRIORITIES.map((id) => ({ id, name: t(`priority.${id}`), before: <PriorityMark priority={id} always /> }))}
      />
      <ListFilter
        name="due"
        icon="due"
        label={t('task.dueDate')}
        selected={filters.due ? [filters.due] : []}
        items={DUE.map((id) => ({ id, name: t(`filter.due.${id}`) }))}
      />
      {filters.isActive && (
        <button type="button" className="button" data-size="small" onClick={clearFilters}>
          <Icon name="close" />
          {t('filter.clear')}
        </button>
      )}
      <span className="grow" />
      {children}
    </search>
  );
}

/** Written into the address a moment after the last key, since each writing is a navigation. */
const PAUSE_MS = 150;

function TextFilter({ value }: { value: string }) {
  const [text, setText] = useState(value);
  const written = useRef(value);
  useEffect(() => {
    // Back and forward, and clearing, change it from outside.
    if (value !== written.current) setText(value);
    written.current = value;
  }, [value]);
  useEffect(() => {
    if (text === written.current) return;
    const timer = setTimeout(() => {
      written.current = text;
      setFilter('text', text);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label className="filter-text">
      <Icon name="search" />
      <span className="unseen">{t('filter.text')}</span>
      <input
        id="filter-text"
        type="search"
        placeholder={t('filter.text')}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (text !== '') setText('');
          else event.currentTarget.blur();
          event.preventDefault();
        }}
      />
    </label>
  );
}

interface ListFilterProps {
  name: 'assignee' | 'label' | 'priority' | 'due';
  icon: IconName;
  label: string;
  selected: string[];
  items: Array<{ id: string; name: string; also?: string; before?: ReactNode }>;
}

function ListFilter({ name, icon, label, selected, items }: ListFilterProps) {
  const popup = usePopup();
  const chosen = selected.map((id) => items.find((item) => item.id === id)?.name ?? '?');
  return (
    <>
      <button
        type="button"
        className="button filter"
        data-size="small"
        data-active={selected.length > 0 || undefined}
        aria-haspopup="dialog"
        aria-expanded={popup.anchor !== undefined}
        onClick={popup.open}
      >
        <Icon name={icon} />
        <span className="filter-name">{label}</span>
        {chosen.length > 0 && <span className="cut">{chosen.length > 2 ? chosen.length : chosen.join(', ')}</span>}
      </button>
      {popup.anchor && (
        <Picker
          label={label}
          anchor={popup.anchor}
          onClose={popup.close}
          multiple={name !== 'due'}
          items={name === 'due' ? [{ id: '', name: t('filter.due.any') }, ...items] : items}
          selected={name === 'due' && selected.length === 0 ? [''] : selected}
          onChange={(ids) => setFilter(name, name === 'due' ? (ids[0] ?? '') : ids)}
        />
      )}
    </>
  );
}
