import type {
  CreateWebhook,
  Delivery,
  DeliveryDetail,
  DeliveryState,
  InboxChange,
  InboxCounts,
  InboxGroup,
  InboxSelection,
  InboxState,
  MuteList,
  Preferences,
  PreferencesPatch,
  Webhook,
  WebhookPatch,
  WebhookWithSecret,
} from '@taskflow/contracts/notifications';
import type { Static } from 'typebox';
import { get, getAll, patch, post, put, remove } from './client.ts';

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

export type Sent = Static<typeof Delivery>;
export type SentState = Static<typeof DeliveryState>;
type Secret = Static<typeof WebhookWithSecret>;

export const listMutes = (signal: AbortSignal) => get<Static<typeof MuteList>>('/notifications/mutes', { signal });
export const setMute = (kind: 'task' | 'project', id: string, muted: boolean) =>
  muted ? put<void>(`/notifications/mutes/${kind}/${id}`) : remove(`/notifications/mutes/${kind}/${id}`);

export const listWebhooks = (workspaceId: string, signal: AbortSignal) =>
  getAll<Webhook>('/notifications/webhooks', { query: { workspaceId }, signal });
export const createWebhook = (body: Static<typeof CreateWebhook>) => post<Secret>('/notifications/webhooks', body);
export const patchWebhook = ({ id, version }: Webhook, body: Static<typeof WebhookPatch>) =>
  patch<Webhook>(`/notifications/webhooks/${id}`, body, { version });
export const deleteWebhook = ({ id, version }: Webhook) => remove(`/notifications/webhooks/${id}`, { version });
export const pingWebhook = (id: string) => post<Sent>(`/notifications/webhooks/${id}/ping`);
export const rotateWebhookSecret = (id: string) => post<Secret>(`/notifications/webhooks/${id}/secret`, {});
export const listDeliveries = (id: string, state: SentState | undefined, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: Sent[]; nextCursor: string | null }>(`/notifications/webhooks/${id}/deliveries`, { query: { state, cursor }, signal });
export const getDelivery = (id: string, deliveryId: string, signal: AbortSignal) =>
  get<Static<typeof DeliveryDetail>>(`/notifications/webhooks/${id}/deliveries/${deliveryId}`, { signal });
export const replayDelivery = (id: string, deliveryId: string) =>
  post<Sent>(`/notifications/webhooks/${id}/deliveries/${deliveryId}/replay`);
/** Sends everything that failed since a moment once more. */
export const replayFailed = (id: string, since: string) =>
  post<{ replayed: number }>(`/notifications/webhooks/${id}/replay`, { since, state: 'failed' });
