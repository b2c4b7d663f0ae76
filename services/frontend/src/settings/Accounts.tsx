import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { type AdministeredPerson, createPasswordReset, listAccounts, patchAccount } from '../api/administration.ts';
import { pagedQuery } from '../data/queries.ts';
import { Avatar } from '../design/Avatar.tsx';
import { explain } from '../design/explain.ts';
import { Field } from '../design/Field.tsx';
import { More } from '../design/More.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';
import { useMe } from '../shell/Shell.tsx';
import { Once } from './Once.tsx';
import { useSave } from './use-save.ts';

const KEY = ['accounts'];

/** Everyone who can sign in here, for those who administer the installation. */
export default function Accounts() {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const accounts = useInfiniteQuery(pagedQuery([...KEY, wanted], (cursor, signal) => listAccounts(wanted, cursor, signal)));
  return (
    <>
      <h2>{t('accounts.title')}</h2>
      <Field
        label={t('accounts.find')}
        type="search"
        value={text}
        onChange={(event) => setText(event.target.value)}
        maxLength={100}
        autoComplete="off"
      />
      <Loaded query={accounts} skeleton={<Skeleton />}>
        {({ pages }) => (
          <ul>
            {pages
              .flatMap(({ items }) => items)
              .map((account) => (
                <AccountItem key={account.id} account={account} />
              ))}
          </ul>
        )}
      </Loaded>
      <More query={accounts} />
    </>
  );
}

function AccountItem({ account }: { account: AdministeredPerson }) {
  const me = useMe();
  const [link, setLink] = useState<{ url: string; expiresAt: string }>();
  const change = useSave((body: { admin?: boolean; disabled?: boolean }) => patchAccount(account, body), [KEY], t('settings.saved'));
  const makeLink = () =>
    createPasswordReset(account.id).then(setLink, (error: unknown) => showToast({ text: explain(error), tone: 'bad' }));
  const isDisabled = account.disabledAt !== null;
  return (
    <li className="settings-item">
      <Avatar id={account.id} name={account.name} />
      <div className="grow">
        <strong>{account.name}</strong> <span className="quiet">@{account.handle}</span>
        <p className="quiet">
          {account.email}
          {isDisabled && ` · ${t('accounts.disabledSince', { date: formatMoment(account.disabledAt!) })}`}
        </p>
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={account.admin}
          disabled={account.id === me.id}
          onChange={(event) => change.mutate({ admin: event.target.checked })}
        />
        {t('accounts.admin')}
      </label>
      <button type="button" className="button" data-size="small" onClick={() => void makeLink()}>
        {t('accounts.resetLink')}
      </button>
      {account.id !== me.id && (
        <button
          type="button"
          className="button"
          data-size="small"
          data-kind={isDisabled ? 'plain' : 'danger'}
          onClick={() => (isDisabled || confirm(t('accounts.confirm', { name: account.name }))) && change.mutate({ disabled: !isDisabled })}
        >
          {t(isDisabled ? 'accounts.enable' : 'accounts.disable')}
        </button>
      )}
      {link && <Once label={t('accounts.linkFor', { name: account.name, date: formatMoment(link.expiresAt) })} value={link.url} />}
    </li>
  );
}
