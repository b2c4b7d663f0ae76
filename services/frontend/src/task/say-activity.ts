import type { Activity } from '@taskflow/contracts/tasks';
import { formatDay } from '../i18n/dates.ts';
import { formatList, formatNumber, type PlainKey, t } from '../i18n/translate.ts';
import type { ProjectView } from '../project/project-view.ts';

interface Act {
  id: string;
  at: string;
  who: string;
  name: string;
  text: string;
}

type View = Pick<ProjectView, 'people' | 'labels' | 'board'>;

/** What somebody did, as a sentence that begins with their name; undefined for what is shown elsewhere, such as comments. */
export function describeActivity(activity: Activity, view: View): Act | undefined {
  const text = sentence(activity, view);
  if (text === undefined) return undefined;
  const { id, occurredAt: at, actor } = activity;
  return { id, at, who: actor.userId ?? '', name: actor.name, text };
}

function sentence({ type, changes, data }: Activity, view: View): string | undefined {
  const named = (data ?? {}) as { name?: string; type?: string };
  switch (type) {
    case 'task.created':
      return t('activity.created');
    case 'task.deleted':
      return t('activity.deleted');
    case 'task.restored':
      return t('activity.restored');
    case 'attachment.created':
      return t('activity.attached', { name: named.name ?? '' });
    case 'attachment.deleted':
      return t('activity.detached', { name: named.name ?? '' });
    case 'relation.created':
      return t('activity.related');
    case 'relation.deleted':
      return t('activity.unrelated');
    case 'task.moved':
    case 'task.updated': {
      const parts = changes.flatMap((change) => describeChange(change, view) ?? []);
      return parts.length > 0 ? formatList(parts) : undefined;
    }
    default:
      return undefined;
  }
}

const NAMES: Record<string, PlainKey> = {
  title: 'task.title',
  columnId: 'task.column',
  priority: 'task.priority',
  startDate: 'task.startDate',
  dueDate: 'task.dueDate',
  estimate: 'task.estimate',
};

function describeChange({ field, from, to }: Activity['changes'][number], view: View): string | undefined {
  if (field === 'description') return t('activity.description');
  if (field === 'recurrence') return t('activity.recurrence');
  if (field === 'parentId') return t('activity.parent');
  if (field === 'assigneeIds' || field === 'labelIds') {
    const name = (id: string) => (field === 'labelIds' ? view.labels : view.people).get(id)?.name ?? t('task.somebody');
    const [before, after] = [ids(from), ids(to)];
    const added = after.filter((id) => !before.includes(id)).map(name);
    const removed = before.filter((id) => !after.includes(id)).map(name);
    const said = [
      added.length > 0 ? t('activity.added', { what: formatList(added) }) : '',
      removed.length > 0 ? t('activity.removed', { what: formatList(removed) }) : '',
    ].filter(Boolean);
    return said.length > 0 ? formatList(said) : undefined;
  }
  const key = NAMES[field];
  if (!key) return undefined;
  const say = (value: unknown): string => {
    if (value === null || value === undefined || value === '') return t('task.none');
    if (field === 'columnId') return view.board.columns.find(({ id }) => id === value)?.name ?? t('task.somewhere');
    if (field === 'priority') return t(`priority.${value as 'none'}`);
    if (field === 'startDate' || field === 'dueDate') return formatDay(String(value));
    return typeof value === 'number' ? formatNumber(value) : `“${String(value)}”`;
  };
  return t('activity.changed', { field: t(key), from: say(from), to: say(to) });
}

const ids = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
