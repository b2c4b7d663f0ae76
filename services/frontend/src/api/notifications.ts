import type {
  InboxChange,
  InboxCounts,
  InboxGroup,
  InboxSelection,
  InboxState,
  Preferences,
  PreferencesPatch,
} from '@taskflow/contracts/notifications';
import type { Static } from 'typebox';
import { get, patch, post } from './client.ts';

export type Counts = Static<typeof InboxCounts>;
export type Group = Static<typeof InboxGroup>;
type Change = Static<typeof InboxChange>;
export type Preference = Static<typeof Preferences>;

export const getInboxCounts = (signal: AbortSignal) => get<Counts>('/notifications/inbox/counts', { signal });
export const listInboxGroups = (state: InboxState, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: Group[]; nextCursor: string | null; counts: Counts }>('/notifications/inbox/groups', {
    query: { state, cursor, limit: 50 },
    signal,
  });
export type InboxAct = 'read' | 'unread' | 'archive' | 'unarchive';
export const changeInbox = (act: InboxAct, selection: InboxSelection) => post<Change>(`/notifications/inbox/${act}`, selection);

export const getPreferences = (signal: AbortSignal) => get<Preference>('/notifications/preferences', { signal });
export const patchPreferences = (version: number, body: Static<typeof PreferencesPatch>) =>
  patch<Preference>('/notifications/preferences', body, { version });
