import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { parseQuickAdd } from '../board/quick-add.ts';
import { act } from '../changes/changes.ts';
import { projectsQuery } from '../data/queries.ts';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { formatFullDay, timeZone, today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { TaskLine } from '../lines/TaskLine.tsx';
import { useShownTasks } from '../lines/use-shown-tasks.ts';
import { dueGroup } from '../list/group.ts';
import { Screen, useMe } from '../shell/Shell.tsx';
import { myTasks } from './my-tasks.ts';
import './today.css';

const GROUPS = ['overdue', 'today', 'week', 'later', 'none'] as const;

/** What is mine to do, of all projects: late, today, soon, some day. */
export default function Today() {
  const projects = useQuery(projectsQuery);
  const tasks = useQuery({ queryKey: ['today', timeZone()], queryFn: ({ signal }) => myTasks(signal) });
  return (
    <Screen title={t('today.title')}>
      <div className="lines-page">
        <p className="quiet">{formatFullDay(today())}</p>
        <AddMine />
        <Loaded query={tasks} skeleton={<Skeleton lines={8} />}>
          {(mine) => <Groups mine={mine} all={projects.data ?? []} />}
        </Loaded>
      </div>
    </Screen>
  );
}

function Groups({ mine, all }: { mine: Awaited<ReturnType<typeof myTasks>>; all: Parameters<typeof useShownTasks>[1] }) {
  const shown = useShownTasks(mine, all);
  const groups = useMemo(() => Map.groupBy(shown, (task) => dueGroup(task.dueDate ?? undefined)), [shown]);
  if (shown.length === 0) {
    return (
      <Empty icon="check" title={t('today.empty')}>
        <p>{t('today.emptyText')}</p>
      </Empty>
    );
  }
  return GROUPS.filter((id) => groups.has(id)).map((id) => (
    <section key={id} aria-labelledby={`today-${id}`}>
      <h2 id={`today-${id}`} data-tone={id === 'overdue' ? 'bad' : undefined}>
        {t(`list.due.${id}`)}
        <span className="quiet number">{groups.get(id)!.length}</span>
      </h2>
      <ul>
        {groups.get(id)!.map((task) => (
          <TaskLine key={task.id} task={task} projects={all} />
        ))}
      </ul>
    </section>
  ));
}

/** A task of my own, for today unless it says otherwise. */
function AddMine() {
  const projects = (useQuery(projectsQuery).data ?? []).filter(({ actions, archived }) => actions.includes('task.edit') && !archived);
  const me = useMe();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(() => localStorage.getItem(LAST) ?? '');
  const project = projects.find(({ id }) => id === chosen) ?? projects[0];
  if (!project) return null;
  const add = () => {
    if (text.trim() === '') return;
    const parsed = parseQuickAdd(text.trim(), { people: [], labels: [], today: today() });
    const id = crypto.randomUUID();
    const body = { columnId: project.columns[0]!.id, dueDate: today(), ...parsed, assigneeIds: [me.id] };
    act(t('change.added', { name: parsed.title }), {
      id,
      projectId: project.id,
      taskId: `new:${id}`,
      name: '',
      version: 0,
      kind: 'create',
      body,
    });
    setText('');
  };
  return (
    <form
      className="today-add"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        className="input"
        aria-label={t('board.add')}
        placeholder={t('today.addHint')}
        maxLength={500}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className="input"
        aria-label={t('search.project')}
        value={project.id}
        onChange={(event) => {
          setChosen(event.target.value);
          localStorage.setItem(LAST, event.target.value);
        }}
      >
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </form>
  );
}

const LAST = 'taskflow.last-project';
