import { useWaitingChanges } from '../changes/changes.ts';
import { t } from '../i18n/translate.ts';
import { useAway } from './connection.ts';
import './connection.css';

/** Only when it matters: what one sees may be old, or what one did is not yet with the server. */
export function ConnectionBanner() {
  const waiting = useWaitingChanges();
  const isAway = useAway();
  const text = waiting > 0 ? t('live.waiting', { count: waiting }) : isAway ? t('live.away') : '';
  return (
    <div className="connection" role="status" hidden={text === ''}>
      {text}
    </div>
  );
}
