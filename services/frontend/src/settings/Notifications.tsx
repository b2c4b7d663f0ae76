import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getPreferences, type Preference, patchPreferences } from '../api/notifications.ts';
import { explain } from '../design/explain.ts';
import { Loaded, Skeleton } from '../design/states.tsx';
import { showToast } from '../design/toasts.tsx';
import { timeZone } from '../i18n/dates.ts';
import { t } from '../i18n/translate.ts';

const KEY = ['preferences'];
const KINDS = ['assigned', 'mentioned', 'commented', 'watching', 'due'] as const;
const MODES = ['instant', 'digest', 'off'] as const;

/** What one is told, where and when. Each change is saved at once. */
export default function Notifications() {
  const preferences = useQuery({ queryKey: KEY, queryFn: ({ signal }) => getPreferences(signal) });
  return (
    <>
      <h2>{t('settings.notifications')}</h2>
      <Loaded query={preferences} skeleton={<Skeleton />}>
        {(data) => <Choices preferences={data} />}
      </Loaded>
    </>
  );
}

function Choices({ preferences }: { preferences: Preference }) {
  const client = useQueryClient();
  const { kinds, quietHours, digestTime, email, version } = preferences;
  const save = useMutation({
    mutationFn: (body: Parameters<typeof patchPreferences>[1]) => patchPreferences(version, { timeZone: timeZone(), ...body }),
    scope: { id: 'preferences' },
    onSuccess: (saved) => client.setQueryData(KEY, saved),
    onError: (error) => {
      showToast({ text: explain(error), tone: 'bad' });
      void client.invalidateQueries({ queryKey: KEY });
    },
  });
  return (
    <>
      {!email.available && <p className="notice">{t('notify.noMail')}</p>}
      <table className="settings-table">
        <thead>
          <tr>
            <th scope="col">{t('notify.kind')}</th>
            <th scope="col">{t('inbox.title')}</th>
            <th scope="col">{t('notify.mail')}</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => (
            <tr key={kind}>
              <th scope="row">{t(`notify.${kind}`)}</th>
              <td>
                <input
                  type="checkbox"
                  aria-label={`${t(`notify.${kind}`)}: ${t('inbox.title')}`}
                  checked={kinds[kind].inbox}
                  onChange={(event) => save.mutate({ kinds: { [kind]: { inbox: event.target.checked } } })}
                />
              </td>
              <td>
                <select
                  className="input"
                  aria-label={`${t(`notify.${kind}`)}: ${t('notify.mail')}`}
                  value={kinds[kind].email}
                  disabled={!email.available}
                  onChange={(event) => save.mutate({ kinds: { [kind]: { email: event.target.value as (typeof MODES)[number] } } })}
                >
                  {MODES.map((mode) => (
                    <option key={mode} value={mode}>
                      {t(`notify.${mode}`)}
                    </option>
                  ))}
                </select>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <fieldset className="choices" disabled={!email.available}>
        <legend>{t('notify.times')}</legend>
        <label className="row">
          {t('notify.digestAt')}
          <input
            type="time"
            className="input time"
            value={digestTime}
            required
            onChange={(event) => event.target.value && save.mutate({ digestTime: event.target.value })}
          />
        </label>
        <label className="row">
          <input
            type="checkbox"
            checked={quietHours !== null}
            onChange={(event) => save.mutate({ quietHours: event.target.checked ? { start: '20:00', end: '08:00' } : null })}
          />
          {t('notify.quiet')}
        </label>
        {quietHours && (
          <div className="row">
            {(['start', 'end'] as const).map((edge) => (
              <label key={edge} className="row">
                {t(`notify.${edge}`)}
                <input
                  type="time"
                  className="input time"
                  value={quietHours[edge]}
                  required
                  onChange={(event) => event.target.value && save.mutate({ quietHours: { ...quietHours, [edge]: event.target.value } })}
                />
              </label>
            ))}
          </div>
        )}
      </fieldset>
    </>
  );
}
