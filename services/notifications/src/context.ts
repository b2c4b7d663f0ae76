import type { Secret } from '@taskflow/http/secret';
import type { Sql } from '@taskflow/postgres/database';
import type { InboxHub } from './inbox-hub.ts';
import type { Egress } from './webhooks/egress.ts';

/** What the operations share. */
export interface Context {
  sql: Sql;
  /** notifications-signing-key */
  signingKey: Secret;
  /** whether this installation sends e-mail */
  emailAvailable: boolean;
  hub: InboxHub;
  egress: Egress;
}
