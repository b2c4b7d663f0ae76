import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Attachment, Task } from '@taskflow/contracts/tasks';
import { type DragEvent, useRef, useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { attachmentPath, createAttachment, deleteAttachment } from '../api/tasks.ts';
import { attachmentsQuery } from '../data/queries.ts';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatNumber, t } from '../i18n/translate.ts';

const IMAGE = /^image\/(png|jpeg|gif|webp|avif)$/;

/** Files of a task: chosen, dropped or pasted. */
export function Attachments({ task, canEdit }: { task: Task; canEdit: boolean }) {
  const { data } = useQuery(attachmentsQuery(task.id));
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const { upload, sending } = useUpload(task.id);
  const items = data?.items ?? [];
  if (items.length === 0 && !canEdit) return null;
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!canEdit || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    void upload([...event.dataTransfer.files]);
  };
  return (
    <section
      className="panel-section"
      aria-labelledby="task-attachments"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        if (!canEdit || !event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <header className="panel-section-head">
        <h3 id="task-attachments">{t('attachment.title')}</h3>
        {canEdit && (
          <>
            <button
              type="button"
              className="button"
              data-icon=""
              data-size="small"
              aria-label={t('attachment.add')}
              onClick={() => input.current?.click()}
            >
              <Icon name="attach" />
            </button>
            <input
              ref={input}
              type="file"
              multiple
              hidden
              onChange={(event) => {
                void upload([...(event.target.files ?? [])]);
                event.target.value = '';
              }}
            />
          </>
        )}
      </header>
      {items.length > 0 && (
        <ul className="attachments">
          {items.map((attachment) => (
            <AttachmentItem key={attachment.id} attachment={attachment} canEdit={canEdit} />
          ))}
        </ul>
      )}
      {sending > 0 && (
        <p className="quiet" role="status">
          {t('attachment.sending', { count: sending })}
        </p>
      )}
    </section>
  );
}

function AttachmentItem({ attachment, canEdit }: { attachment: Attachment; canEdit: boolean }) {
  const client = useQueryClient();
  const { id, taskId, name, contentType, size } = attachment;
  const remove = useMutation({
    mutationFn: () => deleteAttachment(taskId, id),
    onSuccess: () =>
      client.setQueryData(attachmentsQuery(taskId).queryKey, (known) => known && { items: known.items.filter((item) => item.id !== id) }),
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  const path = attachmentPath(attachment);
  return (
    <li className="attachment">
      <a className="attachment-link" href={path} download={name}>
        {IMAGE.test(contentType) ? <img src={path} alt="" loading="lazy" /> : <Icon name="attach" size={20} />}
        <span className="grow">
          <span className="attachment-name">{name}</span>
          <span className="quiet number">{formatSize(size)}</span>
        </span>
      </a>
      {canEdit && (
        <button
          type="button"
          className="button"
          data-icon=""
          data-size="small"
          aria-label={t('attachment.remove', { name })}
          aria-disabled={remove.isPending}
          onClick={() => !remove.isPending && confirm(t('attachment.confirm', { name })) && remove.mutate()}
        >
          <Icon name="trash" />
        </button>
      )}
    </li>
  );
}

/** Sends files one after the other. @returns how many are still to be sent, and the Markdown that shows what was sent */
export function useUpload(taskId: string) {
  const client = useQueryClient();
  const [sending, setSending] = useState(0);
  const upload = async (files: File[]): Promise<string> => {
    setSending((count) => count + files.length);
    const shown: string[] = [];
    for (const file of files) {
      try {
        const attachment = await createAttachment(taskId, file);
        client.setQueryData(attachmentsQuery(taskId).queryKey, (known) => ({
          items: [...(known?.items ?? []).filter(({ id }) => id !== attachment.id), attachment],
        }));
        shown.push(`${IMAGE.test(file.type) ? '!' : ''}[${file.name.replace(/[[\]]/g, '')}](${attachmentPath(attachment)})`);
      } catch (error) {
        const isTooLarge = error instanceof ApiProblem && error.status === 413;
        showToast({ tone: 'bad', text: isTooLarge ? t('attachment.tooLarge', { name: file.name }) : `${file.name}: ${explain(error)}` });
      }
      setSending((count) => count - 1);
    }
    return shown.join('\n');
  };
  return { upload, sending };
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

function formatSize(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return formatNumber(bytes / 1000 ** step, { style: 'unit', unit: UNITS[step]!, maximumFractionDigits: step === 0 ? 0 : 1 });
}
