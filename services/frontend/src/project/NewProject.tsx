import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { importProject } from '../api/projects.ts';
import { createProject } from '../api/tasks.ts';
import { projectPath } from '../data/projects.ts';
import { projectsQuery } from '../data/queries.ts';
import { Dialog } from '../design/Dialog.tsx';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { Link, navigate } from '../router/router.tsx';
import { useSubmit } from '../session/use-submit.ts';
import { useMe } from '../shell/Shell.tsx';
import { suggestKey } from './suggest-key.ts';
import { columnNames, TEMPLATES, type Template, templateProject } from './templates.ts';

export default function NewProject({ onClose }: { onClose: () => void }) {
  const workspaces = useMe().workspaces.filter(({ role }) => role !== 'guest');
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [ownKey, setOwnKey] = useState<string>();
  const [template, setTemplate] = useState<Template>('simple');
  const key = ownKey ?? suggestKey(name);
  const { error, busy, onSubmit } = useSubmit(async (values) => {
    const workspaceId = values.workspaceId ?? workspaces[0]!.id;
    const body = { key, name: name.trim(), workspaceId, ...(values.private ? { private: true } : {}) };
    if (template === 'simple') await createProject(body);
    else await importProject({ format: 'taskflow', content: JSON.stringify(templateProject(template)), project: body });
    const projects = await queryClient.fetchQuery({ ...projectsQuery, staleTime: 0 });
    const project = projects.find((each) => each.key === key && each.workspaceId === workspaceId);
    onClose();
    navigate(project ? projectPath(project, projects) : '/');
  });
  const isTaken = error instanceof ApiProblem && error.code === 'project_key_taken';
  return (
    <Dialog title={t('project.new')} onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        {error !== undefined && !isTaken && <Refusal error={error} />}
        <Field
          label={t('project.name')}
          placeholder={t('project.namePlaceholder')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          required
          data-autofocus=""
          autoComplete="off"
        />
        <Field
          label={t('project.key')}
          value={key}
          onChange={(event) => setOwnKey(event.target.value.toUpperCase())}
          hint={t('project.keyHint', { key: key || 'ENG' })}
          error={isTaken ? t('project.keyTaken') : undefined}
          pattern="[A-Z][A-Z0-9]{1,9}"
          title={t('project.keyForm')}
          maxLength={10}
          required
          autoComplete="off"
          spellCheck={false}
        />
        <SelectField
          label={t('template.title')}
          hint={columnNames(template).join(' → ')}
          value={template}
          onChange={(event) => setTemplate(event.target.value as Template)}
        >
          {TEMPLATES.map((id) => (
            <option key={id} value={id}>
              {t(`template.${id}`)}
            </option>
          ))}
        </SelectField>
        {workspaces.length > 1 && (
          <SelectField label={t('project.workspace')} name="workspaceId">
            {workspaces.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
        )}
        <label className="row">
          <input type="checkbox" name="private" />
          {t('project.private')}
        </label>
        <div className="dialog-actions">
          <Link to="/import" className="button" onClick={onClose}>
            {t('import.title')}
          </Link>
          <span className="grow" />
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
            {t('project.create')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
