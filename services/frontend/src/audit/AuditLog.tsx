import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  type AuditFilter,
  type AuditItem,
  type Checkpoint,
  getAccount,
  getCheckpoint,
  getConsistency,
  getProof,
  listAudit,
} from '../api/administration.ts';
import { membersQuery, pagedQuery } from '../data/queries.ts';
import { explain } from '../design/explain.ts';
import { Icon } from '../design/Icon.tsx';
import { More } from '../design/More.tsx';
import { Empty, Loaded, Skeleton } from '../design/states.tsx';
import { formatMoment } from '../i18n/dates.ts';
import { formatAgo, t } from '../i18n/translate.ts';
import { useMe } from '../shell/Shell.tsx';
import { type Head, openCheckpoint, Unproven, verifyConsistency, verifyRecord } from './verify.ts';
import './audit.css';

const AREAS = ['session', 'password', 'token', 'account', 'workspace', 'member', 'invitation', 'key'] as const;
/** The state of the log that this browser has verified last: later states must begin with it. */
const SEEN = 'taskflow.audit.seen';

/** Who did what that matters to security; each record can be proven to be in the log as it was written. */
export function AuditLog({ workspaceId }: { workspaceId?: string }) {
  const [area, setArea] = useState('');
  const [outcome, setOutcome] = useState('');
  const filter: AuditFilter = { workspaceId, action: area || undefined, outcome: outcome || undefined };
  const records = useInfiniteQuery(pagedQuery(['audit', filter], (cursor, signal) => listAudit(filter, cursor, signal)));
  const checkpoint = useQuery({ queryKey: ['audit', 'checkpoint'], queryFn: ({ signal }) => getCheckpoint(signal) });
  return (
    <>
      {checkpoint.data && <Verified checkpoint={checkpoint.data} />}
      <div className="row" data-wrap="">
        <select className="input audit-filter" aria-label={t('audit.area')} value={area} onChange={(event) => setArea(event.target.value)}>
          <option value="">{t('audit.everything')}</option>
          {AREAS.map((name) => (
            <option key={name} value={name}>
              {t(`audit.${name}`)}
            </option>
          ))}
        </select>
        <select
          className="input audit-filter"
          aria-label={t('audit.outcome')}
          value={outcome}
          onChange={(event) => setOutcome(event.target.value)}
        >
          <option value="">{t('audit.anyOutcome')}</option>
          <option value="success">{t('audit.success')}</option>
          <option value="failure">{t('audit.failure')}</option>
        </select>
      </div>
      <Loaded query={records} skeleton={<Skeleton />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          if (items.length === 0) return <Empty icon="search" title={t('app.nothingFound')} />;
          return (
            <ul className="audit">
              {items.map((item) => (
                <Item key={item.id} item={item} checkpoint={checkpoint.data} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <More query={records} />
    </>
  );
}

/** That the newest state is signed, and that the state which this browser saw before is its beginning. */
function Verified({ checkpoint }: { checkpoint: Checkpoint }) {
  const check = useQuery({
    queryKey: ['audit', 'verified', checkpoint.checkpoint],
    queryFn: async () => {
      const head = await openCheckpoint(checkpoint.checkpoint, checkpoint);
      const before = JSON.parse(localStorage.getItem(SEEN) ?? 'null') as (Head & { at: string }) | null;
      if (before) {
        const proof = await getConsistency(before.size, head.size);
        await verifyConsistency(before, head, proof);
      }
      localStorage.setItem(SEEN, JSON.stringify({ ...head, at: new Date().toISOString() }));
      return { size: head.size, since: before?.at };
    },
    retry: false,
    enabled: 'subtle' in crypto,
  });
  if (!('subtle' in crypto)) return <p className="notice">{t('audit.needsHttps')}</p>;
  if (check.isPending) return <p className="notice">{t('app.loading')}</p>;
  if (check.isError) {
    return (
      <div className="notice" data-tone="bad" role="alert">
        <p>{explainUnproven(check.error)}</p>
        <button
          type="button"
          className="button"
          data-size="small"
          onClick={() => {
            if (!confirm(t('audit.confirmAnew'))) return;
            localStorage.removeItem(SEEN);
            void check.refetch();
          }}
        >
          {t('audit.anew')}
        </button>
      </div>
    );
  }
  const { size, since } = check.data;
  return (
    <p className="notice row" data-tone="good">
      <Icon name="check" />
      <span>
        {t('audit.verified', { count: size })} {since && t('audit.unchangedSince', { when: formatAgo(since) })}
      </span>
    </p>
  );
}

const explainUnproven = (error: unknown): string => (error instanceof Unproven ? t(`audit.${error.flaw}`) : explain(error));

/** By name where this person may know it. */
function Actor({ id, workspaceId }: { id: string; workspaceId: string | null }) {
  const { admin } = useMe();
  const members = useQuery({ ...membersQuery(workspaceId ?? ''), enabled: !admin && workspaceId !== null });
  const account = useQuery({ queryKey: ['account', id], queryFn: ({ signal }) => getAccount(id, signal), enabled: admin, retry: false });
  const name = account.data?.name ?? members.data?.find(({ userId }) => userId === id)?.name;
  return <strong title={id}>{name ?? t('task.somebody')}</strong>;
}

type Shown = { state: 'unchecked' | 'checking' | 'proven' } | { state: 'failed'; reason: string };

function Item({ item, checkpoint }: { item: AuditItem; checkpoint: Checkpoint | undefined }) {
  const [shown, setShown] = useState<Shown>({ state: 'unchecked' });
  const check = async () => {
    if (!checkpoint) return;
    setShown({ state: 'checking' });
    try {
      await verifyRecord(item, await getProof(item.id), checkpoint);
      setShown({ state: 'proven' });
    } catch (error) {
      setShown({ state: 'failed', reason: explainUnproven(error) });
    }
  };
  const details = Object.entries(item.details).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <li className="settings-item" data-outcome={item.outcome}>
      <div className="grow">
        <strong>{item.action}</strong> {item.outcome === 'failure' && <span className="audit-failure">{t('audit.failure')}</span>}
        <p className="quiet">
          {formatMoment(item.at)} ·{' '}
          {item.actorId && (
            <>
              <Actor id={item.actorId} workspaceId={item.workspaceId} /> ·{' '}
            </>
          )}
          {[item.subject, item.address, ...details].filter(Boolean).join(' · ')}
        </p>
        {shown.state === 'failed' && (
          <p className="field-error" role="alert">
            {shown.reason}
          </p>
        )}
      </div>
      {shown.state === 'proven' ? (
        <span className="audit-proven row" role="status">
          <Icon name="check" />
          {t('audit.proven')}
        </span>
      ) : (
        item.leafIndex !== null &&
        'subtle' in crypto && (
          <button type="button" className="button" data-size="small" disabled={shown.state === 'checking'} onClick={() => void check()}>
            {t('audit.check')}
          </button>
        )
      )}
      {item.leafIndex !== null && (
        <a className="button" data-size="small" href={`/api/auth/audit/${item.id}/proof`} download={`${item.id}.proof.json`}>
          {t('audit.proof')}
        </a>
      )}
    </li>
  );
}
