import { useQuery } from '@tanstack/react-query';
import type { Task } from '@taskflow/contracts/tasks';
import { useEffect, useMemo, useRef } from 'react';
import { deleteTasks } from '../board/acts.ts';
import { applyToTask } from '../changes/apply.ts';
import { useProjectChanges } from '../changes/changes.ts';
import { taskQuery } from '../data/queries.ts';
import { Icon } from '../design/Icon.tsx';
import { IconButton } from '../design/IconButton.tsx';
import { usePopup } from '../design/popup.ts';
import { Menu } from '../design/popups.tsx';
import { Failed, Skeleton } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { useMute } from '../inbox/use-mute.ts';
import { useFrame, useProject } from '../project/project-view.ts';
import { Link, navigate, usePlace } from '../router/router.tsx';
import { Attachments } from './Attachments.tsx';
import { Description } from './Description.tsx';
import { Facts } from './Facts.tsx';
import { Relations } from './Relations.tsx';
import { Subtasks } from './Subtasks.tsx';
import { Talk } from './Talk.tsx';
import { Title } from './Title.tsx';
import { Viewing } from './Viewing.tsx';
import { WatchButton } from './WatchButton.tsx';
import './task.css';

/** A task beside the view it was opened from. */
export default function TaskPanel({ reference, closePath }: { reference: string; closePath: string }) {
  const { project } = useFrame();
  const { search } = usePlace();
  const query = useQuery(taskQuery(reference, project.workspaceId));
  const changes = useProjectChanges(project.id);
  const task = useMemo(() => query.data && applyToTask(query.data, changes), [query.data, changes]);
  const panel = useRef<HTMLElement>(null);
  const back = `${closePath}${search.size > 0 ? `?${search}` : ''}`;
  const close = () => {
    navigate(back);
    // The card that the panel was opened from has the focus again.
    requestAnimationFrame(() => task && document.querySelector<HTMLElement>(`[data-card="${CSS.escape(task.id)}"] a`)?.focus());
  };
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  return (
    <aside
      ref={panel}
      className="panel"
      aria-label={t('task.panel', { name: reference })}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented || isTyping(event.target)) return;
        event.preventDefault();
        close();
      }}
    >
      <title>{`${reference}${task ? ` ${task.title}` : ''} · TaskFlow`}</title>
      {task ? (
        <OpenTask task={task} back={back} close={close} closePath={closePath} />
      ) : (
        <>
          <header className="panel-head">
            <span className="number quiet grow">{reference}</span>
            <CloseLink back={back} close={close} />
          </header>
          {query.isError ? <Failed error={query.error} retry={() => void query.refetch()} /> : <Skeleton lines={8} />}
        </>
      )}
    </aside>
  );
}

const isTyping = (target: EventTarget) => target instanceof HTMLElement && target.matches('input, textarea, [contenteditable]');

function CloseLink({ back, close }: { back: string; close: () => void }) {
  return (
    <Link
      to={back}
      className="button"
      data-icon=""
      data-size="small"
      aria-label={t('app.close')}
      aria-current="false"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        close();
      }}
    >
      <Icon name="close" />
    </Link>
  );
}

function OpenTask({ task, back, close, closePath }: { task: Task; back: string; close: () => void; closePath: string }) {
  const view = useProject();
  const { mayEdit, project } = view;
  const mayComment = project.actions.includes('comment.write') && !project.archived;
  const canEdit = mayEdit && task.deletedAt === null;
  return (
    <>
      <Head task={task} back={back} close={close} closePath={closePath} />
      <div className="panel-body">
        {task.deletedAt !== null && (
          <p className="notice" data-tone="warn">
            {t('task.isDeleted')}
          </p>
        )}
        <Title task={task} canEdit={canEdit} />
        <Facts task={task} canEdit={canEdit} />
        <Description task={task} canEdit={canEdit} />
        <Subtasks task={task} canEdit={canEdit} closePath={closePath} />
        <Relations task={task} canEdit={canEdit} />
        <Attachments task={task} canEdit={canEdit} />
        <Talk task={task} mayComment={mayComment && task.deletedAt === null} />
      </div>
    </>
  );
}

function Head({ task, back, close, closePath }: { task: Task; back: string; close: () => void; closePath: string }) {
  const view = useProject();
  const { search } = usePlace();
  const menu = usePopup();
  const { isMuted, change: changeMute } = useMute('task', task.id);
  const [previous, next] = useNeighbours(task);
  const query = search.size > 0 ? `?${search}` : '';
  const copy = (text: string, said: string) =>
    navigator.clipboard?.writeText(text).then(
      () => showToast({ text: said }),
      () => showToast({ text: t('app.notCopied'), tone: 'bad' }),
    );
  const remove = () => {
    deleteTasks(view, [{ id: task.id, version: task.version, name: task.humanId }]);
    close();
  };
  const step = (number: number | undefined, icon: 'arrowUp' | 'arrowDown', name: string) =>
    number === undefined ? (
      <button type="button" className="button" data-icon="" data-size="small" disabled aria-label={name}>
        <Icon name={icon} />
      </button>
    ) : (
      <Link
        to={`${closePath}/${view.project.key}-${number}${query}`}
        className="button"
        data-icon=""
        data-size="small"
        aria-label={name}
        title={name}
      >
        <Icon name={icon} />
      </Link>
    );
  return (
    <header className="panel-head">
      <button
        type="button"
        className="button panel-id number"
        data-size="small"
        title={t('task.copyId')}
        onClick={() => copy(task.humanId, t('task.copiedId', { name: task.humanId }))}
      >
        {task.humanId}
      </button>
      <Viewing taskId={task.id} />
      <span className="grow" />
      {step(previous, 'arrowUp', t('task.previous'))}
      {step(next, 'arrowDown', t('task.next'))}
      <WatchButton taskId={task.id} />
      <IconButton
        icon="link"
        label={t('task.copyLink')}
        title={t('task.copyLink')}
        onClick={() => copy(new URL(location.pathname, location.origin).href, t('task.copiedLink'))}
      />
      <IconButton icon="more" label={t('task.more')} aria-haspopup="menu" onClick={menu.open} />
      <CloseLink back={back} close={close} />
      {menu.anchor && (
        <Menu
          label={t('task.more')}
          anchor={menu.anchor}
          onClose={menu.close}
          entries={[
            {
              id: 'id',
              label: t('task.copyId'),
              icon: 'copy',
              onAction: () => void copy(task.humanId, t('task.copiedId', { name: task.humanId })),
            },
            {
              id: 'mute',
              label: t(isMuted ? 'mute.taskOff' : 'mute.task'),
              icon: isMuted ? 'bell' : 'bellOff',
              isDisabled: isMuted === undefined,
              onAction: () => changeMute(!isMuted),
            },
            ...(view.mayEdit ? [{ id: 'delete', label: t('task.delete'), icon: 'trash', tone: 'bad', onAction: remove } as const] : []),
          ]}
        />
      )}
    </header>
  );
}

/** Numbers of the tasks before and after, in the order of the board. */
function useNeighbours({ id }: Task): [number | undefined, number | undefined] {
  const { board } = useProject();
  return useMemo(() => {
    const cards = board.columns.flatMap((column) => column.cards).filter(({ number }) => number > 0);
    const index = cards.findIndex((card) => card.id === id);
    return index < 0 ? [undefined, undefined] : [cards[index - 1]?.number, cards[index + 1]?.number];
  }, [board, id]);
}
