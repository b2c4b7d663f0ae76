import type { Priority } from '@taskflow/contracts/tasks';
import { t } from '../i18n/translate.ts';

const BARS = { none: 0, low: 1, medium: 2, high: 3, urgent: 4 } as const;

/** Bars as of a signal; urgent is told by form and colour. Without a priority there is nothing, unless it is asked for. */
export function PriorityMark({ priority, always = false }: { priority: Priority; always?: boolean }) {
  if (priority === 'none' && !always) return null;
  const bars = BARS[priority];
  return (
    <span className="priority" data-priority={priority} title={t(`priority.${priority}`)}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
        {priority === 'urgent' ? (
          <>
            <rect x="0.5" y="0.5" width="13" height="13" rx="3" fill="currentColor" />
            <path d="M7 3.5v4M7 10h.01" stroke="var(--surface)" strokeWidth="1.8" strokeLinecap="round" />
          </>
        ) : (
          [0, 1, 2].map((bar) => (
            <rect
              key={bar}
              x={1 + bar * 4.5}
              y={9 - bar * 3.5}
              width="3"
              height={4 + bar * 3.5}
              rx="1"
              fill="currentColor"
              opacity={bar < bars ? 1 : 0.25}
            />
          ))
        )}
      </svg>
      <span className="unseen">{t(`priority.${priority}`)}</span>
    </span>
  );
}
