import { problems as common, defineProblems, type Problem } from '@taskflow/http/problem';
import { violates } from '@taskflow/postgres/database';

export const problems = defineProblems({
  workspace_needed: {
    status: 422,
    title: 'Say in which workspace',
    detail: 'You are in more than one workspace (or none): send workspaceId',
  },
  project_key_taken: { status: 409, title: 'Another project of the workspace has this key' },
  project_archived: { status: 409, title: 'The project is archived: nothing in it changes' },
  not_in_workspace: { status: 422, title: 'The workspace has no such person' },
  too_many_columns: { status: 422, title: 'A board has at most 50 columns' },
  columns_incomplete: { status: 422, title: 'Name every column of the project, each once' },
  last_column: { status: 422, title: 'A project keeps at least one column' },
  column_not_empty: { status: 422, title: 'The column has tasks', detail: 'Say with moveTo which column they go to' },
  wip_limit_reached: { status: 409, title: 'The column is at its WIP limit', detail: 'Send force: true to go beyond it' },
  no_such_neighbour: { status: 422, title: 'before or after names no task of this column' },
  subtask_cycle: { status: 422, title: 'A task cannot be a subtask of itself or of its own subtasks' },
  no_such_column: { status: 422, title: 'The project has no such column' },
  no_such_parent: { status: 422, title: 'The project has no such parent task' },
  no_such_label: { status: 422, title: 'The project has no such label' },
  not_assignable: { status: 422, title: 'Only people who may see the project can be assigned' },
  dates_reversed: { status: 422, title: 'startDate is after dueDate' },
  no_such_other_task: { status: 422, title: 'The workspace has no such other task' },
  related_already: { status: 409, title: 'The tasks have this relation already, one way or the other' },
  related_to_itself: { status: 422, title: 'A task has no relation to itself' },
  label_name_taken: { status: 409, title: 'There is a label of this name already' },
  range_not_satisfiable: { status: 416, title: 'The file has no such range' },
  attachment_type_refused: { status: 415, title: 'Files of this type are not taken' },
  ambiguous_reference: { status: 409, title: 'More than one of your workspaces has a task of this name: use its id, or send workspaceId' },
  recurrence_invalid: { status: 422, title: 'This recurrence rule cannot be used' },
  import_unreadable: { status: 422, title: 'The file cannot be imported' },
  filter_name_taken: { status: 409, title: 'There is a filter of this name already' },
  directory_unavailable: { status: 503, title: 'Who is in the workspace cannot be asked at the moment' },
});

/** Constraints and the error codes that the SQL functions raise → what the client is told. */
const BY_CONSTRAINT = {
  saved_filters_name: problems.filter_name_taken,
  projects_key: problems.project_key_taken,
  tasks_column: problems.no_such_column,
  tasks_parent: problems.no_such_parent,
  relations_pair: problems.related_already,
  relations_not_itself: problems.related_to_itself,
  labels_name: problems.label_name_taken,
  tasks_dates: problems.dates_reversed,
};
const BY_CODE: Record<string, () => Problem> = {
  TF001: problems.wip_limit_reached,
  TF002: problems.no_such_neighbour,
  TF003: problems.subtask_cycle,
  TF004: problems.not_assignable,
  TF005: problems.no_such_label,
  // deadlock_detected, lock_not_available: changes that stood in each other's way
  '40P01': () => common.unavailable({ headers: { 'retry-after': '1' } }),
  '55P03': () => common.unavailable({ headers: { 'retry-after': '1' } }),
};

/** `.catch(refuse)` after a statement: turns a violated rule into its problem. */
export function refuse(error: unknown): never {
  const constraint = Object.entries(BY_CONSTRAINT).find(([name]) => violates(error, name));
  if (constraint) throw constraint[1]();
  throw BY_CODE[(error as { code?: string }).code ?? '']?.() ?? error;
}
