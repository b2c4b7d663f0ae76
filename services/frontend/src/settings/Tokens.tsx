import { useQuery } from '@tanstack/react-query';
import type { Scope } from '@taskflow/contracts/identity';
import { useState } from 'react';
import { createToken, deleteToken, listTokens } from '../api/auth.ts';
import { queryClient } from '../data/query-client.ts';
import { Field, SelectField } from '../design/Field.tsx';
import { Refusal } from '../design/Refusal.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { formatAgo, formatList, t } from '../i18n/translate.ts';
import { useSubmit } from '../session/use-submit.ts';
import { Once } from './Once.tsx';
import { useSave } from './use-save.ts';

const TOKENS = ['tokens'];
const SCOPES: Scope[] = ['read', 'write', 'admin'];

/** Keys for programs that act on one's behalf. */
export default function Tokens() {
  const tokens = useQuery({ queryKey: TOKENS, queryFn: ({ signal }) => listTokens(signal) });
  const remove = useSave((id: string) => deleteToken(id), [TOKENS], t('tokens.deleted'));
  const [made, setMade] = useState<string>();
  const { error, busy, onSubmit } = useSubmit(async (values) => {
    const scopes = SCOPES.filter((scope) => values[scope] === 'on');
    const days = Number(values.days);
    const { token } = await createToken({ name: values.name ?? '', scopes, ...(days ? { expiresInDays: days } : {}) });
    setMade(token);
    await queryClient.invalidateQueries({ queryKey: TOKENS });
  });
  return (
    <>
      <h2>{t('settings.tokens')}</h2>
      <p className="quiet">{t('tokens.text')}</p>
      {made && <Once label={t('tokens.made')} value={made} />}
      <form className="form" onSubmit={onSubmit}>
        <Refusal error={error} />
        <Field label={t('project.name')} name="name" maxLength={100} required autoComplete="off" />
        <fieldset className="choices">
          <legend>{t('tokens.scopes')}</legend>
          {SCOPES.map((scope) => (
            <label key={scope} className="row">
              <input type="checkbox" name={scope} defaultChecked={scope === 'read'} />
              {t(`tokens.${scope}`)}
            </label>
          ))}
        </fieldset>
        <SelectField label={t('tokens.expires')} name="days" defaultValue="90">
          {[30, 90, 365].map((days) => (
            <option key={days} value={days}>
              {t('tokens.days', { count: days })}
            </option>
          ))}
          <option value="">{t('tokens.never')}</option>
        </SelectField>
        <div className="dialog-actions">
          <button type="submit" className="button" data-kind="primary" aria-disabled={busy}>
            {t('tokens.create')}
          </button>
        </div>
      </form>
      <Loaded query={tokens} skeleton={<Skeleton lines={3} />}>
        {({ items }) => (
          <ul>
            {items.map(({ id, name, hint, scopes, expiresAt, lastUsedAt }) => (
              <li key={id} className="settings-item">
                <div className="grow">
                  <strong>{name}</strong> <code className="quiet">…{hint}</code>
                  <p className="quiet">
                    {formatList(scopes.map((scope) => t(`tokens.${scope}`)))} ·{' '}
                    {expiresAt ? t('tokens.until', { date: formatMoment(expiresAt) }) : t('tokens.never')} ·{' '}
                    {lastUsedAt ? t('tokens.used', { when: formatAgo(lastUsedAt) }) : t('tokens.unused')}
                  </p>
                </div>
                <button type="button" className="button" data-size="small" data-kind="danger" onClick={() => remove.mutate(id)}>
                  {t('tokens.delete', { name })}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}
