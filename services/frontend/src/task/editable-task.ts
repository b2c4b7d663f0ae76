import type { Task } from '@taskflow/contracts/tasks';
import type { Editable } from '../board/acts.ts';

export const editableTask = (task: Task): Editable => ({
  id: task.id,
  version: task.version,
  name: task.humanId,
  values: {
    title: task.title,
    description: task.description,
    priority: task.priority,
    assigneeIds: task.assigneeIds,
    labelIds: task.labelIds,
    startDate: task.startDate,
    dueDate: task.dueDate,
    estimate: task.estimate,
    parentId: task.parentId,
  },
});
