import { NotifyReason } from '@taskflow/contracts/events';
import type { Secret } from '@taskflow/http/secret';
import { sign, verify } from './keys.ts';

/** What e-mail a link ends: that of one kind, or the daily digest. */
export type MailingList = NotifyReason | 'digest';

export interface Subscription {
  userId: string;
  list: MailingList;
}

const TEXT = new RegExp(`^unsubscribe ([0-9a-f-]{36}) (${NotifyReason.enum.join('|')}|digest)$`);

/** Does not expire: people unsubscribe by old mail (RFC 8058 asks for links that go on working). */
export const unsubscribeToken = (signingKey: Secret, { userId, list }: Subscription): string =>
  sign(signingKey, `unsubscribe ${userId} ${list}`);

export function readUnsubscribeToken(signingKey: Secret, token: string): Subscription | undefined {
  const match = TEXT.exec(verify(signingKey, token) ?? '');
  return match ? { userId: match[1] as string, list: match[2] as MailingList } : undefined;
}
