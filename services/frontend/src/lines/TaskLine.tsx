import type { Project, Task } from '@taskflow/contracts/tasks';
import { PriorityMark } from '../board/PriorityMark.tsx';
import { act } from '../changes/changes.ts';
import { projectPath } from '../data/projects.ts';
import { formatDay, today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import './lines.css';

/** A task in a list that has tasks of several projects; ticked by moving it to the column that means done, and back. */
export function TaskLine({ task, projects }: { task: Task; projects: Project[] }) {
  const project = projects.find(({ id }) => id === task.projectId);
  const mayEdit = project?.actions.includes('task.edit') && !project.archived;
  const isDone = task.category === 'done';
  const isLate = task.dueDate !== null && task.dueDate < today() && !isDone;
  const tick = () => {
    const wanted = isDone ? ['todo', 'active'] : ['done'];
    const column = project?.columns.find(({ category }) => wanted.includes(category));
    if (!column) return;
    act(t('change.moved', { name: task.humanId, column: column.name }), {
      id: crypto.randomUUID(),
      projectId: task.projectId,
      taskId: task.id,
      name: task.humanId,
      version: task.version,
      kind: 'move',
      to: { columnId: column.id },
      from: { columnId: task.columnId },
    });
  };
  return (
    <li className="line">
      <input
        type="checkbox"
        className="line-check"
        checked={isDone}
        disabled={!mayEdit}
        aria-label={t('task.done', { name: task.title })}
        onChange={tick}
      />
      <PriorityMark priority={task.priority} always />
      <span className="line-id number quiet">{task.humanId}</span>
      <Link
        to={project ? `${projectPath(project, projects)}/board/${task.humanId}` : `/tasks/${task.humanId}`}
        className="row-title"
        data-done={isDone || undefined}
      >
        {task.title}
      </Link>
      {project && <span className="line-project quiet cut">{project.name}</span>}
      {task.dueDate && (
        <span className="card-fact line-due" data-late={isLate || undefined}>
          {formatDay(task.dueDate)}
        </span>
      )}
    </li>
  );
}
