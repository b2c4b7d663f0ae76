import type { NotifyReason } from '@taskflow/contracts/events';
import type { EmailMode } from '@taskflow/contracts/notifications';

export type KindPreferences = Record<NotifyReason, { inbox: boolean; email: EmailMode }>;

/** For who has chosen nothing: at once where a person is called on, once a day for the talk, no e-mail for the rest. */
export const DEFAULT_KINDS: KindPreferences = {
  assigned: { inbox: true, email: 'instant' },
  mentioned: { inbox: true, email: 'instant' },
  commented: { inbox: true, email: 'digest' },
  watching: { inbox: true, email: 'off' },
  due: { inbox: true, email: 'instant' },
};

/** The preferences row holds only what was chosen. */
export function completeKinds(chosen: Partial<Record<NotifyReason, Partial<KindPreferences[NotifyReason]>>>): KindPreferences {
  const reasons = Object.keys(DEFAULT_KINDS) as NotifyReason[];
  return Object.fromEntries(reasons.map((reason) => [reason, { ...DEFAULT_KINDS[reason], ...chosen[reason] }])) as KindPreferences;
}
