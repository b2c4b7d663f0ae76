import type { Priority } from '@taskflow/contracts/tasks';
import type { Change } from '../changes/change.ts';
import { act } from '../changes/changes.ts';
import { today } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import type { ProjectFrame } from '../project/project-view.ts';
import { parseQuickAdd } from './quick-add.ts';

/** Each line is a task, in the syntax of parseQuickAdd. */
export function addTasks(
  view: ProjectFrame,
  columnId: string,
  lines: string[],
  defaults: { priority?: Priority; assigneeIds?: string[]; labelIds?: string[]; parentId?: string } = {},
): void {
  const context = {
    people: [...view.people.values()].filter(({ active }) => active).map(({ userId, name, handle }) => ({ id: userId, name, handle })),
    labels: [...view.labels.values()],
    today: today(),
  };
  const changes = lines.map((typed): Change => {
    const id = crypto.randomUUID();
    const body = { columnId, ...defaults, ...parseQuickAdd(typed, context) };
    return { id, projectId: view.project.id, taskId: `new:${id}`, name: '', version: 0, kind: 'create', body, typed };
  });
  const label = changes.length === 1 ? t('change.added', { name: lines[0]! }) : t('change.addedMany', { count: changes.length });
  act(label, ...changes);
}
