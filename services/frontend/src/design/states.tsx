import type { UseQueryResult } from '@tanstack/react-query';
import { Component, type ReactNode } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { t } from '../i18n/translate.ts';
import { explain } from './explain.ts';
import { Icon, type IconName } from './Icon.tsx';

/** Nothing to show, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} size={40} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const reference = error instanceof ApiProblem && error.status >= 500 ? error.document.requestId : undefined;
  return (
    <div className="state" role="alert">
      <Icon name="warning" size={40} />
      <h2>{t('error.title')}</h2>
      <p>{explain(error)}</p>
      {reference && <p className="number">{t('error.reference', { id: reference })}</p>}
      {retry && (
        <button type="button" className="button" data-kind="plain" onClick={retry}>
          {t('app.retry')}
        </button>
      )}
    </div>
  );
}

interface LoadedProps<T> {
  query: UseQueryResult<T>;
  /** what stands there while it loads, as large as what will come */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** Data, or the state it is in. What is shown stays when asking anew fails. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return skeleton;
}

/** Says to screen readers that something is on its way. */
export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div className="skeleton-lines">
      <span className="unseen" role="status">
        {t('app.loading')}
      </span>
      {Array.from({ length: lines }, (_, line) => `line ${line}`).map((line) => (
        <div key={line} className="skeleton skeleton-line" />
      ))}
    </div>
  );
}

export class CrashBoundary extends Component<{ children: ReactNode; resetKey: string }, { error: unknown; at: string }> {
  override state = { error: undefined as unknown, at: '' };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  static getDerivedStateFromProps(props: { resetKey: string }, state: { error: unknown; at: string }) {
    return props.resetKey === state.at ? null : { error: undefined, at: props.resetKey };
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return (
      <div className="state" role="alert">
        <Icon name="warning" size={40} />
        <h2>{t('app.crashed')}</h2>
        <p>{t('app.crashedText')}</p>
        <button type="button" className="button" data-kind="primary" onClick={() => location.reload()}>
          {t('app.reload')}
        </button>
      </div>
    );
  }
}
