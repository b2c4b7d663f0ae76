import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { SavedFilter } from '@taskflow/contracts/search';
import type { Project } from '@taskflow/contracts/tasks';
import { type FormEvent, useState } from 'react';
import { createFilter, deleteFilter, patchFilter } from '../api/filters.ts';
import { filtersQuery } from '../data/queries.ts';
import { Dialog } from '../design/Dialog.tsx';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { t } from '../i18n/translate.ts';
import { setSearch } from '../router/router.tsx';
import { useMe } from '../shell/Shell.tsx';

interface SaveViewProps {
  query: string;
  saved: SavedFilter | undefined;
  projects: Project[];
  onClose: () => void;
}

/** Keeps a search under a name, for oneself or for a project; changes or deletes one that is kept. */
export default function SaveView({ query, saved, projects, onClose }: SaveViewProps) {
  const me = useMe();
  const client = useQueryClient();
  const [name, setName] = useState(saved?.name ?? '');
  const [projectId, setProjectId] = useState(saved?.projectId ?? '');
  const done = async (filter: SavedFilter | undefined) => {
    await client.invalidateQueries({ queryKey: filtersQuery.queryKey });
    setSearch({ view: filter?.id ?? null });
    onClose();
  };
  const save = useMutation({
    mutationFn: () =>
      saved
        ? patchFilter(saved, { name: name.trim(), query })
        : createFilter({ name: name.trim(), query, ...(projectId ? { projectId } : {}) }),
    onSuccess: done,
  });
  const remove = useMutation({ mutationFn: () => deleteFilter(saved!), onSuccess: () => done(undefined) });
  const error = save.error ?? remove.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  const isOwn = saved === undefined || saved.ownerId === me.id;
  return (
    <Dialog title={t(saved ? 'search.editView' : 'search.saveView')} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Refusal error={error} />
        <Field
          label={t('project.name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          required
          data-autofocus=""
          autoComplete="off"
          disabled={!isOwn}
        />
        <p>
          <code>{query}</code>
        </p>
        {!saved && (
          <SelectField label={t('search.share')} value={projectId} onChange={(event) => setProjectId(event.target.value)}>
            <option value="">{t('search.onlyMe')}</option>
            {projects.map((project) => (
              <option key={project.id} value={project.id}>
                {t('search.everyoneOf', { project: project.name })}
              </option>
            ))}
          </SelectField>
        )}
        <div className="dialog-actions">
          {saved && isOwn && (
            <button type="button" className="button" data-kind="danger" onClick={() => !remove.isPending && remove.mutate()}>
              {t('search.deleteView')}
            </button>
          )}
          <span className="grow" />
          <button type="button" className="button" onClick={onClose}>
            {t('app.cancel')}
          </button>
          {isOwn && (
            <button type="submit" className="button" data-kind="primary" aria-disabled={save.isPending}>
              {t('app.save')}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
