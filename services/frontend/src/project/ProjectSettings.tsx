import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Label } from '@taskflow/contracts/tasks';
import { type FormEvent, useState } from 'react';
import { deleteLabel, deleteProject, exportPath, patchLabel, patchProject, restoreProject } from '../api/projects.ts';
import { createLabel } from '../api/tasks.ts';
import { boardQuery, labelsQuery, projectsQuery } from '../data/queries.ts';
import { explain } from '../design/explain.ts';
import { Field } from '../design/Field.tsx';
import { Icon } from '../design/Icon.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';
import { useMute } from '../inbox/use-mute.ts';
import { navigate } from '../router/router.tsx';
import { useSave } from '../settings/use-save.ts';
import { newLabelColor } from '../task/label-color.ts';
import { useFrame } from './project-view.ts';
import './project-settings.css';

/** What belongs to a project as a whole: its name, who sees it, its labels, its export, its end. */
export default function ProjectSettings() {
  const { mayManage, project } = useFrame();
  return (
    <div className="project-settings">
      {mayManage && <General key={project.version} />}
      <Labels />
      <Muting />
      <Export />
      {mayManage && <End />}
    </div>
  );
}

function General() {
  const { project } = useFrame();
  const [name, setName] = useState(project.name);
  const [isPrivate, setPrivate] = useState(project.private);
  const save = useSave(
    () => patchProject(project, { name: name.trim(), private: isPrivate }),
    [projectsQuery.queryKey],
    t('settings.saved'),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate(undefined);
  };
  return (
    <section aria-labelledby="project-general">
      <h2 id="project-general">{t('settings.title')}</h2>
      <form className="form" onSubmit={submit}>
        <Field
          label={t('project.name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          required
          autoComplete="off"
        />
        <label className="row">
          <input type="checkbox" checked={isPrivate} onChange={(event) => setPrivate(event.target.checked)} />
          {t('project.private')}
        </label>
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="primary" aria-disabled={save.isPending}>
            {t('app.save')}
          </button>
        </div>
      </form>
    </section>
  );
}

function Muting() {
  const { project } = useFrame();
  const { isMuted, change } = useMute('project', project.id);
  return (
    <section aria-labelledby="project-muting">
      <h2 id="project-muting">{t('settings.notifications')}</h2>
      <label className="row">
        <input
          type="checkbox"
          checked={isMuted ?? false}
          disabled={isMuted === undefined}
          onChange={(event) => change(event.target.checked)}
        />
        {t('mute.project')}
      </label>
    </section>
  );
}

function Labels() {
  const { labels, mayEdit, project } = useFrame();
  const { queryKey } = labelsQuery(project.id);
  const [name, setName] = useState('');
  const add = useSave((text: string) => createLabel({ name: text, color: newLabelColor(text), projectId: project.id }), [queryKey]);
  const change = useSave(({ label, to }: { label: Label; to: { name?: string; color?: string } }) => patchLabel(label, to), [queryKey]);
  const remove = useSave((label: Label) => deleteLabel(label), [queryKey, boardQuery(project.id).queryKey], t('label.deleted'));
  return (
    <section aria-labelledby="project-labels">
      <h2 id="project-labels">{t('task.labels')}</h2>
      <ul>
        {[...labels.values()].map((label) => (
          <li key={`${label.id} ${label.version}`} className="row project-label">
            <input
              type="color"
              aria-label={t('label.color', { name: label.name })}
              defaultValue={label.color}
              disabled={!mayEdit}
              onBlur={(event) => event.target.value !== label.color && change.mutate({ label, to: { color: event.target.value } })}
            />
            <input
              className="input"
              aria-label={t('label.name', { name: label.name })}
              defaultValue={label.name}
              disabled={!mayEdit}
              maxLength={60}
              onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
              onBlur={(event) => {
                const text = event.target.value.trim();
                if (text !== '' && text !== label.name) change.mutate({ label, to: { name: text } });
              }}
            />
            {mayEdit && (
              <button
                type="button"
                className="button"
                data-icon=""
                data-size="small"
                aria-label={t('label.delete', { name: label.name })}
                onClick={() => confirm(t('label.confirm', { name: label.name })) && remove.mutate(label)}
              >
                <Icon name="trash" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {mayEdit && (
        <form
          className="row project-label"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '' || add.isPending) return;
            add.mutate(name.trim(), { onSuccess: () => setName('') });
          }}
        >
          <input
            className="input"
            aria-label={t('label.new')}
            placeholder={t('label.new')}
            maxLength={60}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="button" data-kind="plain">
            <Icon name="add" />
            {t('label.add')}
          </button>
        </form>
      )}
    </section>
  );
}

function Export() {
  const { project } = useFrame();
  return (
    <section aria-labelledby="project-export">
      <h2 id="project-export">{t('project.export')}</h2>
      <p className="quiet">{t('project.exportText')}</p>
      <div className="row">
        {(['json', 'csv'] as const).map((format) => (
          <a key={format} className="button" data-kind="plain" href={exportPath(project, format)} download={`${project.key}.${format}`}>
            {format.toUpperCase()}
          </a>
        ))}
      </div>
    </section>
  );
}

/** The key is typed, so that nobody deletes a project by a slip. */
function End() {
  const { project } = useFrame();
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const archive = useSave(() => patchProject(project, { archived: !project.archived }), [projectsQuery.queryKey], t('settings.saved'));
  const remove = useMutation({
    mutationFn: () => deleteProject(project),
    onSuccess: async () => {
      navigate('/');
      await client.invalidateQueries({ queryKey: projectsQuery.queryKey });
      const undo = async () => {
        await restoreProject({ ...project, version: project.version + 1 });
        await client.invalidateQueries({ queryKey: projectsQuery.queryKey });
      };
      showToast({
        text: t('change.deleted', { name: project.name }),
        action: { label: t('change.undo'), run: () => void undo().catch((error) => showToast({ text: explain(error), tone: 'bad' })) },
      });
    },
    onError: (error) => showToast({ text: explain(error), tone: 'bad' }),
  });
  return (
    <section aria-labelledby="project-end">
      <h2 id="project-end">{t('project.end')}</h2>
      <p className="quiet">{t('project.archiveText')}</p>
      <button type="button" className="button" data-kind="plain" onClick={() => archive.mutate(undefined)}>
        <Icon name="archive" />
        {t(project.archived ? 'project.unarchive' : 'project.archive')}
      </button>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === project.key && !remove.isPending) remove.mutate();
        }}
      >
        <Field
          label={t('project.deleteConfirm', { key: project.key })}
          value={typed}
          onChange={(event) => setTyped(event.target.value.toUpperCase())}
          autoComplete="off"
          spellCheck={false}
        />
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="danger" aria-disabled={typed !== project.key}>
            {t('project.delete')}
          </button>
        </div>
      </form>
    </section>
  );
}
