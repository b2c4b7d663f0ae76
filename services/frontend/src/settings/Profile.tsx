import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { patchMe } from '../api/auth.ts';
import { meQuery } from '../data/queries.ts';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { showToast } from '../design/toasts.tsx';
import { chooseLanguage, currentLanguage, LANGUAGES, type Language, t } from '../i18n/translate.ts';
import { useMe } from '../shell/Shell.tsx';

export default function Profile() {
  const me = useMe();
  const client = useQueryClient();
  const [name, setName] = useState(me.name);
  const [handle, setHandle] = useState(me.handle);
  const save = useMutation({
    mutationFn: () => patchMe(me.version, { name: name.trim(), handle: handle.trim() }),
    onSuccess: (account) => {
      client.setQueryData(meQuery.queryKey, account);
      void client.invalidateQueries({ queryKey: ['members'] });
      showToast({ text: t('settings.saved') });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <>
      <h2>{t('settings.profile')}</h2>
      <form className="form" onSubmit={submit}>
        <Refusal error={save.error} />
        <Field
          label={t('session.name')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={100}
          required
          autoComplete="name"
        />
        <Field
          label={t('settings.handle')}
          hint={t('settings.handleHint', { handle: handle || 'ana' })}
          value={handle}
          onChange={(event) => setHandle(event.target.value.toLowerCase())}
          pattern="[a-z0-9][a-z0-9_\-]{1,31}"
          title={t('settings.handleForm')}
          maxLength={32}
          required
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="username"
        />
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="primary" aria-disabled={save.isPending}>
            {t('app.save')}
          </button>
        </div>
      </form>
      <SelectField
        label={t('app.language')}
        value={currentLanguage()}
        onChange={(event) => void chooseLanguage(event.target.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([tag, text]) => (
          <option key={tag} value={tag} lang={tag}>
            {text}
          </option>
        ))}
      </SelectField>
    </>
  );
}
