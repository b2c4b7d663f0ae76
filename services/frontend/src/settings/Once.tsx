import { useId } from 'react';
import { Icon } from '../design/Icon.tsx';
import { showToast } from '../design/toasts.tsx';
import { t } from '../i18n/translate.ts';

/** A secret that is shown only now, to be copied. */
export function Once({ label, value }: { label: string; value: string }) {
  const id = useId();
  const copy = () =>
    navigator.clipboard?.writeText(value).then(
      () => showToast({ text: t('settings.copied') }),
      () => showToast({ text: t('app.notCopied'), tone: 'bad' }),
    );
  return (
    <div className="notice once" role="status">
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <input id={id} className="input" readOnly value={value} onFocus={(event) => event.target.select()} />
        <button type="button" className="button" data-kind="plain" onClick={() => void copy()}>
          <Icon name="copy" />
          {t('settings.copy')}
        </button>
      </div>
    </div>
  );
}
