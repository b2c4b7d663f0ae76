import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Comment, Task } from '@taskflow/contracts/tasks';
import { useMemo, useState } from 'react';
import { createComment, deleteComment, patchComment, restoreComment } from '../api/tasks.ts';
import { activityQuery, commentsQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { usePopup } from '../design/popup.ts';
import { Menu } from '../design/popups.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { Failed } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { formatAgo, t } from '../i18n/translate.ts';
import { useFrame, useProject } from '../project/project-view.ts';
import { useMe } from '../shell/Shell.tsx';
import { useUpload } from './Attachments.tsx';
import { useHandles } from './Description.tsx';
import { useDraft } from './draft.ts';
import { Markdown } from './Markdown.tsx';
import { MarkdownEditor } from './MarkdownEditor.tsx';
import { describeActivity } from './say-activity.ts';

/** What was said and what was done, oldest first, and a field to say more. */
export function Talk({ task, mayComment }: { task: Task; mayComment: boolean }) {
  const view = useProject();
  const comments = useQuery(commentsQuery(task.id));
  const activity = useInfiniteQuery(activityQuery(task.id));
  const happened = useMemo(() => {
    const acts = (activity.data?.pages ?? []).flatMap(({ items }) => items).flatMap((item) => describeActivity(item, view) ?? []);
    const said = (comments.data ?? []).map((comment) => ({ at: comment.createdAt, comment }));
    return [...said, ...acts].sort((a, b) => a.at.localeCompare(b.at));
  }, [activity.data, comments.data, view]);
  return (
    <section className="panel-section" aria-labelledby="task-talk">
      <h3 id="task-talk">{t('talk.title')}</h3>
      {comments.isError && <Failed error={comments.error} retry={() => void comments.refetch()} />}
      {activity.hasNextPage && (
        <button type="button" className="button" data-size="small" onClick={() => void activity.fetchNextPage()}>
          {t('talk.earlier')}
        </button>
      )}
      <ol className="talk">
        {happened.map((entry) =>
          'comment' in entry ? (
            <CommentItem key={entry.comment.id} comment={entry.comment} mayComment={mayComment} />
          ) : (
            <li key={entry.id} className="act">
              <Avatar id={entry.who} name={entry.name} />
              <span className="grow">
                <strong>{entry.name}</strong> {entry.text}
              </span>
              <Moment at={entry.at} />
            </li>
          ),
        )}
      </ol>
      {mayComment && <NewComment taskId={task.id} />}
    </section>
  );
}

const Moment = ({ at }: { at: string }) => (
  <time className="moment" dateTime={at} title={formatMoment(at)}>
    {formatAgo(at)}
  </time>
);

function CommentItem({ comment, mayComment }: { comment: Comment; mayComment: boolean }) {
  const client = useQueryClient();
  const me = useMe();
  const { people, project } = useFrame();
  const handles = useHandles();
  const menu = usePopup();
  const { queryKey } = commentsQuery(comment.taskId);
  const [draft, setDraft] = useDraft(`comment.${comment.id}`);
  const show = (change: (items: Comment[]) => Comment[]) => client.setQueryData(queryKey, (known) => change(known ?? []));
  const onError = (error: unknown) => showToast({ text: explain(error), tone: 'bad' });
  const edit = useMutation({
    mutationFn: (body: string) => patchComment(comment, body),
    onSuccess: (saved) => {
      setDraft(undefined);
      show((items) => items.map((item) => (item.id === saved.id ? saved : item)));
    },
    onError, // what was typed stays
  });
  const restore = useMutation({
    mutationFn: () => restoreComment({ ...comment, version: comment.version + 1 }),
    onSuccess: (restored) => show((items) => [...items.filter(({ id }) => id !== restored.id), restored]),
    onError,
  });
  const remove = useMutation({
    mutationFn: () => deleteComment(comment),
    onSuccess: () => {
      show((items) => items.filter(({ id }) => id !== comment.id));
      showToast({ text: t('talk.deleted'), action: { label: t('change.undo'), run: () => restore.mutate() } });
    },
    onError,
  });
  const isOwn = comment.authorId === me.id;
  const mayDelete = mayComment && (isOwn || project.actions.includes('comment.moderate'));
  const name = people.get(comment.authorId)?.name ?? t('task.somebody');
  const save = () => draft !== undefined && draft.trim() !== '' && !edit.isPending && edit.mutate(draft.trim());
  return (
    <li className="comment">
      <Avatar id={comment.authorId} name={name} />
      <div className="comment-body">
        <header className="row">
          <strong>{name}</strong>
          <Moment at={comment.createdAt} />
          {comment.updatedAt !== comment.createdAt && <span className="quiet">{t('talk.edited')}</span>}
          <span className="grow" />
          {mayDelete && draft === undefined && (
            <button
              type="button"
              className="button"
              data-icon=""
              data-size="small"
              aria-label={t('talk.more', { name })}
              aria-haspopup="menu"
              onClick={menu.open}
            >
              <Icon name="more" />
            </button>
          )}
        </header>
        {draft === undefined ? (
          <Markdown text={comment.body} handles={handles} projectKey={project.key} />
        ) : (
          <MarkdownEditor
            label={t('talk.edit')}
            value={draft}
            onChange={setDraft}
            onSubmit={save}
            onCancel={() => setDraft(undefined)}
            autoFocus
          >
            <button type="button" className="button" data-kind="primary" data-size="small" aria-disabled={edit.isPending} onClick={save}>
              {t('app.save')}
            </button>
            <button type="button" className="button" data-size="small" onClick={() => setDraft(undefined)}>
              {t('app.cancel')}
            </button>
          </MarkdownEditor>
        )}
      </div>
      {menu.anchor && (
        <Menu
          label={t('talk.more', { name })}
          anchor={menu.anchor}
          onClose={menu.close}
          entries={[
            ...(isOwn ? [{ id: 'edit', label: t('talk.edit'), icon: 'edit' as const, onAction: () => setDraft(comment.body) }] : []),
            { id: 'delete', label: t('talk.delete'), icon: 'trash', tone: 'bad', onAction: () => remove.mutate() },
          ]}
        />
      )}
    </li>
  );
}

/** What is typed stays through a reload until the server has it. */
function NewComment({ taskId }: { taskId: string }) {
  const client = useQueryClient();
  const { queryKey } = commentsQuery(taskId);
  const [draft = '', setDraft] = useDraft(`comment.new.${taskId}`);
  const [key, setKey] = useState(() => crypto.randomUUID());
  const { upload, sending } = useUpload(taskId);
  const add = useMutation({
    mutationFn: (body: string) => createComment(taskId, body, key),
    onSuccess: (comment) => {
      setDraft(undefined);
      client.setQueryData(queryKey, (known) => [...(known ?? []).filter(({ id }) => id !== comment.id), comment]);
    },
  });
  const type = (text: string) => {
    setDraft(text);
    setKey(crypto.randomUUID()); // another text is another comment
  };
  const send = () => draft.trim() !== '' && !add.isPending && sending === 0 && add.mutate(draft.trim());
  return (
    <div className="new-comment">
      <MarkdownEditor
        label={t('talk.new')}
        placeholder={t('talk.hint')}
        value={draft}
        onChange={type}
        onSubmit={send}
        onFiles={upload}
        rows={2}
      >
        <button
          type="button"
          className="button"
          data-kind="primary"
          data-size="small"
          aria-disabled={draft.trim() === '' || add.isPending || sending > 0}
          onClick={send}
        >
          {t('talk.send')}
        </button>
      </MarkdownEditor>
      <Refusal error={add.error} />
    </div>
  );
}
