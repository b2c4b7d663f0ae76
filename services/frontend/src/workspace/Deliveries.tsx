import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getDelivery, listDeliveries, replayDelivery, replayFailed, type Sent, type SentState } from '../api/notifications.ts';
import { pagedQuery } from '../data/queries.ts';
import { More } from '../design/More.tsx';
import { Loaded, Skeleton } from '../design/states.tsx';
import { addDays, formatMoment, today } from '../i18n/dates.ts';
import { formatNumber, t } from '../i18n/translate.ts';
import { useSave } from '../settings/use-save.ts';

const STATES = ['pending', 'delivered', 'failed'] as const;
/** Milliseconds between looks while something is still to be sent. */
const AGAIN_MS = 2000;
const REPLAY_DAYS = 7;

/** What was sent to a webhook, what it answered, and sending it once more. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const key = ['deliveries', webhookId];
  const [state, setState] = useState<SentState>();
  const log = useInfiniteQuery({
    ...pagedQuery([...key, state ?? 'all'], (cursor, signal) => listDeliveries(webhookId, state, cursor, signal)),
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ items }) => items.some((item) => item.state === 'pending')) ? AGAIN_MS : false,
  });
  const replay = useSave(
    () => replayFailed(webhookId, new Date(addDays(today(), -REPLAY_DAYS)).toISOString()),
    [key],
    t('webhook.replaying'),
  );
  return (
    <>
      <h3>{t('webhook.log')}</h3>
      <div className="row" data-wrap="">
        <select
          className="input audit-filter"
          aria-label={t('webhook.state')}
          value={state ?? ''}
          onChange={(event) => setState(STATES.find((each) => each === event.target.value))}
        >
          <option value="">{t('webhook.anyState')}</option>
          {STATES.map((each) => (
            <option key={each} value={each}>
              {t(`webhook.${each}`)}
            </option>
          ))}
        </select>
        <button type="button" className="button" data-size="small" onClick={() => replay.mutate(undefined)}>
          {t('webhook.replayFailed', { count: REPLAY_DAYS })}
        </button>
      </div>
      <Loaded query={log} skeleton={<Skeleton lines={3} />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <p className="quiet">{t('webhook.nothingSent')}</p>;
          return (
            <ul>
              {items.map((delivery) => (
                <Item key={delivery.id} webhookId={webhookId} delivery={delivery} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <More query={log} />
    </>
  );
}

function Item({ webhookId, delivery }: { webhookId: string; delivery: Sent }) {
  const [isOpen, setOpen] = useState(false);
  const again = useSave(() => replayDelivery(webhookId, delivery.id), [['deliveries', webhookId]], t('webhook.replaying'));
  const last = delivery.lastAttempt;
  return (
    <li className="settings-item">
      <details className="grow webhook-delivery" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span className="webhook-state" data-state={delivery.state}>
            {t(`webhook.${delivery.state}`)}
          </span>{' '}
          {delivery.type} <span className="quiet">{formatMoment(delivery.createdAt)}</span>{' '}
          {last && <span className="quiet number">{last.status ?? last.error}</span>}
        </summary>
        {isOpen && <Detail webhookId={webhookId} deliveryId={delivery.id} />}
      </details>
      <button type="button" className="button" data-size="small" onClick={() => again.mutate(undefined)}>
        {t('webhook.replay')}
      </button>
    </li>
  );
}

function Detail({ webhookId, deliveryId }: { webhookId: string; deliveryId: string }) {
  const detail = useQuery({
    queryKey: ['deliveries', webhookId, 'one', deliveryId],
    queryFn: ({ signal }) => getDelivery(webhookId, deliveryId, signal),
  });
  return (
    <Loaded query={detail} skeleton={<Skeleton lines={2} />}>
      {({ log, body }) => (
        <>
          <ol>
            {log.map(({ number, at, status, error, durationMs, answer }) => (
              <li key={number}>
                {formatMoment(at)}: {status ?? error} ({formatNumber(durationMs)} ms) <code>{answer}</code>
              </li>
            ))}
          </ol>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page scrolls by keyboard too */}
          <pre className="webhook-body" tabIndex={0}>
            {body}
          </pre>
        </>
      )}
    </Loaded>
  );
}
