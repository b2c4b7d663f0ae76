import type { Project, Task } from '@taskflow/contracts/tasks';
import { useMemo } from 'react';
import { applyToTask } from '../changes/apply.ts';
import { useChanges } from '../changes/changes.ts';

/** Tasks as they will be once everything that is under way is carried out. */
export function useShownTasks(tasks: Task[], projects: Project[]): Task[] {
  const changes = useChanges();
  return useMemo(() => {
    if (changes.length === 0) return tasks;
    return tasks.map((task) => {
      const shown = applyToTask(task, [...changes]);
      if (shown.columnId === task.columnId) return shown;
      const column = projects.find(({ id }) => id === task.projectId)?.columns.find(({ id }) => id === shown.columnId);
      return column ? { ...shown, category: column.category } : shown;
    });
  }, [tasks, changes, projects]);
}
