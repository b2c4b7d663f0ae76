import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Task } from '@taskflow/contracts/tasks';
import { useDeferredValue, useState } from 'react';
import { searchTasks } from '../api/tasks.ts';
import { Dialog } from '../design/Dialog.tsx';
import { timeZone } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';

interface FindTaskProps {
  title: string;
  /** the task that it is looked for from */
  except: string;
  onFound: (task: Task) => void;
  onClose: () => void;
}

/** Finds a task by its words or its id, in all projects. */
export function FindTask({ title, except, onFound, onClose }: FindTaskProps) {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const { data, isError } = useQuery({
    queryKey: ['search', 'find', wanted],
    queryFn: ({ signal }) => searchTasks(wanted, timeZone(), 12, signal),
    placeholderData: keepPreviousData,
    retry: false, // a query that is half typed may be wrong
  });
  const found = (data?.items ?? []).filter(({ id }) => id !== except);
  return (
    <Dialog title={title} onClose={onClose}>
      <input
        className="input"
        type="search"
        aria-label={t('find.label')}
        placeholder={t('find.hint')}
        value={text}
        data-autofocus=""
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          event.currentTarget.parentElement?.querySelector<HTMLElement>('.find-list button')?.focus();
        }}
      />
      <ul className="find-list">
        {found.map((task) => (
          <li key={task.id}>
            <button
              type="button"
              className="menu-item find-item"
              onClick={() => onFound(task)}
              onKeyDown={(event) => {
                const next =
                  event.key === 'ArrowDown' ? 'nextElementSibling' : event.key === 'ArrowUp' ? 'previousElementSibling' : undefined;
                if (!next) return;
                event.preventDefault();
                event.currentTarget.parentElement?.[next]?.querySelector('button')?.focus();
              }}
            >
              <span className="category" data-category={task.category} />
              <span className="quiet number">{task.humanId}</span>
              <span className="cut grow">{task.title}</span>
            </button>
          </li>
        ))}
      </ul>
      {(isError || (data && found.length === 0)) && <p className="quiet">{t('app.nothingFound')}</p>}
    </Dialog>
  );
}
