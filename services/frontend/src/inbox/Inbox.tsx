import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { changeInbox, type Group, type InboxAct } from '../api/notifications.ts';
import { inboxQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { More } from '../design/More.tsx';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { formatAgo, t } from '../i18n/translate.ts';
import { Link } from '../router/router.tsx';
import { Screen } from '../shell/Shell.tsx';
import '../lines/lines.css';
import './inbox.css';

const NAMES = { active: 'inbox.active', unread: 'inbox.onlyUnread', archived: 'inbox.archived' } as const;
type Shown = keyof typeof NAMES;
const STATES = Object.keys(NAMES) as Shown[];

/** What others did that concerns me, a line a task. */
export default function Inbox() {
  const client = useQueryClient();
  const [state, setState] = useState<Shown>('active');
  const inbox = useInfiniteQuery(inboxQuery(state));
  const change = useMutation({
    mutationFn: ({ act, group }: { act: InboxAct; group: Group }) =>
      changeInbox(act, group.taskId ? { taskId: group.taskId } : { ids: [group.latest.id] }),
    onSettled: () => client.invalidateQueries({ queryKey: ['inbox'] }),
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  const groups = inbox.data?.pages.flatMap(({ items }) => items) ?? [];
  const newest = groups[0]?.latest.id;
  const readAll = useMutation({
    mutationFn: (through: string) => changeInbox('read', { through }),
    onSettled: () => client.invalidateQueries({ queryKey: ['inbox'] }),
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const line = (event.target as HTMLElement).closest<HTMLElement>('.inbox-line');
    const group = line && groups[Number(line.dataset.index)];
    if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    const act: InboxAct | undefined =
      event.key === 'e'
        ? state === 'archived'
          ? 'unarchive'
          : 'archive'
        : event.key === 'u'
          ? group.unread > 0
            ? 'read'
            : 'unread'
          : undefined;
    if (step) line.parentElement?.querySelector<HTMLElement>(`[data-index="${Number(line.dataset.index) + step}"] .inbox-title`)?.focus();
    else if (act) change.mutate({ act, group });
    else return;
    event.preventDefault();
  };
  return (
    <Screen
      title={t('inbox.title')}
      bar={
        newest && (
          <button
            type="button"
            className="button"
            data-kind="plain"
            data-size="small"
            onClick={() => !readAll.isPending && readAll.mutate(newest)}
          >
            {t('inbox.readAll')}
          </button>
        )
      }
    >
      <div className="lines-page">
        <fieldset className="inbox-show">
          <legend className="unseen">{t('inbox.show')}</legend>
          {STATES.map((id) => (
            <button
              key={id}
              type="button"
              className="button filter"
              data-size="small"
              data-active={state === id || undefined}
              aria-pressed={state === id}
              onClick={() => setState(id)}
            >
              {t(NAMES[id])}
            </button>
          ))}
        </fieldset>
        <Loaded query={inbox} skeleton={<Skeleton lines={8} />}>
          {() =>
            groups.length === 0 ? (
              <Empty icon="inbox" title={t('inbox.empty')}>
                <p>{t('inbox.emptyText')}</p>
              </Empty>
            ) : (
              <>
                <ul className="inbox" onKeyDown={onKeyDown}>
                  {groups.map((group, index) => (
                    <Line key={group.latest.id} group={group} index={index} state={state} onAct={(act) => change.mutate({ act, group })} />
                  ))}
                </ul>
                <More query={inbox} />
              </>
            )
          }
        </Loaded>
      </div>
    </Screen>
  );
}

interface LineProps {
  group: Group;
  index: number;
  state: Shown;
  onAct: (act: InboxAct) => void;
}

function Line({ group, index, state, onAct }: LineProps) {
  const { latest, unread, count } = group;
  const isUnread = unread > 0;
  const archive = state === 'archived' ? 'unarchive' : 'archive';
  const button = (act: InboxAct, icon: 'check' | 'eye' | 'archive' | 'undo') => (
    <button
      type="button"
      className="button"
      data-icon=""
      data-size="small"
      aria-label={t(`inbox.${act}`, { title: latest.title })}
      title={t(`inbox.${act}Short`)}
      onClick={() => onAct(act)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <li className="inbox-line" data-index={index} data-unread={isUnread || undefined}>
      <span className="inbox-dot" aria-hidden="true" />
      <Avatar id={latest.actorId ?? ''} name={latest.actorName} />
      <div className="inbox-text">
        <Link to={latest.humanId ? `/tasks/${latest.humanId}` : '/inbox'} className="inbox-title" onClick={() => isUnread && onAct('read')}>
          {latest.humanId && <span className="quiet number">{latest.humanId} </span>}
          {latest.title}
          {isUnread && <span className="unseen"> {t('inbox.isUnread')}</span>}
        </Link>
        <p className="quiet cut">
          {t(`inbox.reason.${latest.reason}`, { name: latest.actorName })}
          {latest.excerpt && ` — ${latest.excerpt}`}
          {count > 1 && ` · ${t('inbox.count', { count })}`}
        </p>
      </div>
      <time className="moment" dateTime={latest.occurredAt} title={formatMoment(latest.occurredAt)}>
        {formatAgo(latest.occurredAt)}
      </time>
      {button(isUnread ? 'read' : 'unread', isUnread ? 'check' : 'eye')}
      {button(archive, archive === 'archive' ? 'archive' : 'undo')}
    </li>
  );
}
