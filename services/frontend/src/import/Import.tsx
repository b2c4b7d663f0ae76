import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ImportFormat, ImportReport } from '@taskflow/contracts/import';
import { type DragEvent, useRef, useState } from 'react';
import { importProject } from '../api/projects.ts';
import { projectPath } from '../data/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Field, SelectField } from '../design/Field.tsx';
import { Icon } from '../design/Icon.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { suggestKey } from '../project/suggest-key.ts';
import { navigate } from '../router/router.tsx';
import { Screen, useMe } from '../shell/Shell.tsx';
import { guessFormat } from './guess-format.ts';
import './import.css';

const FORMATS: ImportFormat[] = ['trello', 'todoist', 'csv', 'vikunja', 'taskflow'];

interface Chosen {
  name: string;
  content: string;
}

/** A board of another program becomes a project: first it is said what will come and what will not, then it is made, all or nothing. */
export default function Import() {
  const workspaces = useMe().workspaces.filter(({ role }) => role !== 'guest');
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<Chosen>();
  const [format, setFormat] = useState<ImportFormat>('trello');
  const [name, setName] = useState('');
  const [ownKey, setOwnKey] = useState<string>();
  const [workspaceId, setWorkspaceId] = useState(workspaces[0]?.id ?? '');
  const [isOver, setOver] = useState(false);
  const key = ownKey ?? suggestKey(name);
  const send = (chosen: Chosen, as: ImportFormat, isPreview: boolean) =>
    importProject({
      format: as,
      content: chosen.content,
      preview: isPreview,
      project: { key: key || 'NEW', name: name.trim() || chosen.name, workspaceId },
    });
  const preview = useMutation({ mutationFn: ({ chosen, as }: { chosen: Chosen; as: ImportFormat }) => send(chosen, as, true) });
  const make = useMutation({
    mutationFn: (chosen: Chosen) => send(chosen, format, false),
    onSuccess: async ({ projectId }) => {
      const projects = await client.fetchQuery({ ...projectsQuery, staleTime: 0 });
      const project = projects.find(({ id }) => id === projectId);
      navigate(project ? projectPath(project, projects) : '/');
    },
  });
  const take = async (files: FileList | null | undefined) => {
    const first = files?.[0];
    if (!first) return;
    make.reset();
    const chosen = { name: first.name.replace(/\.\w+$/, ''), content: await first.text() };
    const as = guessFormat(first.name, chosen.content);
    setFile(chosen);
    setFormat(as);
    if (name === '') setName(chosen.name.slice(0, 200));
    preview.mutate({ chosen, as });
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files);
  };
  const error = make.error ?? preview.error;
  return (
    <Screen title={t('import.title')}>
      <div className="lines-page import">
        <p>{t('import.text')}</p>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a file is dropped here; by keyboard the button inside does the same */}
        <div
          className="import-drop"
          data-over={isOver || undefined}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
        >
          <Icon name="folder" size={32} />
          <p>{file ? file.name : t('import.drop')}</p>
          <button type="button" className="button" data-kind="plain" onClick={() => input.current?.click()}>
            {t('import.choose')}
          </button>
          <input
            ref={input}
            type="file"
            accept=".json,.csv,.txt"
            hidden
            aria-label={t('import.choose')}
            onChange={(event) => void take(event.target.files)}
          />
        </div>
        <Refusal error={error} />
        {file && (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault();
              if (!make.isPending) make.mutate(file);
            }}
          >
            <SelectField
              label={t('import.format')}
              value={format}
              onChange={(event) => {
                const as = event.target.value as ImportFormat;
                setFormat(as);
                preview.mutate({ chosen: file, as });
              }}
            >
              {FORMATS.map((id) => (
                <option key={id} value={id}>
                  {t(`import.${id}`)}
                </option>
              ))}
            </SelectField>
            <Field
              label={t('project.name')}
              value={name}
              onChange={(event) => setName(event.target.value)}
              maxLength={200}
              required
              autoComplete="off"
            />
            <Field
              label={t('project.key')}
              value={key}
              onChange={(event) => setOwnKey(event.target.value.toUpperCase())}
              hint={t('project.keyHint', { key: key || 'ENG' })}
              pattern="[A-Z][A-Z0-9]{1,9}"
              title={t('project.keyForm')}
              maxLength={10}
              required
              autoComplete="off"
              spellCheck={false}
            />
            {workspaces.length > 1 && (
              <SelectField label={t('project.workspace')} value={workspaceId} onChange={(event) => setWorkspaceId(event.target.value)}>
                {workspaces.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </SelectField>
            )}
            {preview.data && !preview.isPending && <Report report={preview.data} />}
            <div className="dialog-actions">
              <button type="submit" className="button" data-kind="primary" aria-disabled={make.isPending || !preview.isSuccess}>
                {preview.isPending
                  ? t('app.loading')
                  : make.isPending
                    ? t('import.making')
                    : t('import.make', { count: preview.data?.tasks ?? 0 })}
              </button>
            </div>
          </form>
        )}
      </div>
    </Screen>
  );
}

/** What will come, and what will not. */
function Report({ report }: { report: ImportReport }) {
  const { columns, labels, tasks, comments, examples, unknownPeople, notTakenOver } = report;
  return (
    <section className="import-report" aria-label={t('import.preview')}>
      <h2>{t('import.preview')}</h2>
      <p>{t('import.counts', { tasks, columns: columns.length, labels: labels.length, comments })}</p>
      <ul className="import-columns">
        {columns.map(({ name, category, tasks }) => (
          <li key={name} className="row">
            <span className="category" data-category={category} /> {name} <span className="quiet number">{tasks}</span>
          </li>
        ))}
      </ul>
      {examples.length > 0 && <p className="quiet">{t('import.examples', { titles: examples.slice(0, 5).join(' · ') })}</p>}
      {unknownPeople.length > 0 && <p className="notice">{t('import.unknownPeople', { names: unknownPeople.slice(0, 20).join(', ') })}</p>}
      {notTakenOver.length > 0 && (
        <div className="notice">
          <p>{t('import.notTakenOver')}</p>
          <ul>
            {notTakenOver.map(({ what, count, example }) => (
              <li key={what}>
                {what} <span className="number">({count})</span> {example && <span className="quiet cut">{example}</span>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
