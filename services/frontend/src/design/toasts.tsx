import { useSyncExternalStore } from 'react';
import { t } from '../i18n/translate.ts';
import { Icon } from './Icon.tsx';
import './toasts.css';

export interface Toast {
  id: string;
  text: string;
  tone?: 'bad';
  action?: { label: string; run: () => void };
}

const SHOWN_MS = { plain: 6000, bad: 12_000 };
let toasts: readonly Toast[] = [];
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says what happened, for a while. Of several the last few stay; what needs an answer belongs elsewhere. */
export function showToast(toast: Omit<Toast, 'id'>): () => void {
  const id = crypto.randomUUID();
  const dismiss = () => set(toasts.filter((other) => other.id !== id));
  set([...toasts.filter(({ tone }) => tone === 'bad').slice(-2), { ...toast, id }]);
  setTimeout(dismiss, SHOWN_MS[toast.tone ?? 'plain']);
  return dismiss;
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <section className="toasts" aria-live="polite" aria-label={t('app.messages')}>
      {shown.map(({ id, text, tone, action }) => (
        <div key={id} className="toast" data-tone={tone}>
          <span className="grow">{text}</span>
          {action && (
            <button
              type="button"
              className="button"
              data-size="small"
              onClick={() => {
                set(toasts.filter((other) => other.id !== id));
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            className="button"
            data-icon=""
            data-size="small"
            aria-label={t('app.close')}
            onClick={() => set(toasts.filter((other) => other.id !== id))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
    </section>
  );
}
