import type {
  CreateWebhook,
  Delivery,
  DeliveryDetail,
  InboxChange,
  InboxCounts,
  InboxGroup,
  InboxSelection,
  InboxState,
  Mute,
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
export type DeliveryItem = Static<typeof Delivery>;

export const getInboxCounts = (signal: AbortSignal) => get<Counts>('/notifications/inbox/counts', { signal });
export const listInboxGroups = (state: InboxState, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: Group[]; nextCursor: string | null; counts: Counts }>('/notifications/inbox/groups', { query: { state, cursor, limit: 50 }, signal });
export type InboxAct = 'read' | 'unread' | 'archive' | 'unarchive' | 'unsnooze';
export const changeInbox = (act: InboxAct, selection: InboxSelection) => post<Change>(`/notifications/inbox/${act}`, selection);
export const snoozeInbox = (selection: InboxSelection, until: string) => post<Change>('/notifications/inbox/snooze', { ...selection, until });

export const getPreferences = (signal: AbortSignal) => get<Preference>('/notifications/preferences', { signal });
export const patchPreferences = (version: number, body: Static<typeof PreferencesPatch>) =>
  patch<Preference>('/notifications/preferences', body, { version });
export const listMutes = (signal: AbortSignal) => get<{ items: Array<Static<typeof Mute>> }>('/notifications/mutes', { signal });
export const mute = (kind: 'task' | 'project', id: string) => put<void>(`/notifications/mutes/${kind}/${id}`);
export const unmute = (kind: 'task' | 'project', id: string) => remove(`/notifications/mutes/${kind}/${id}`);

export const listWebhooks = (workspaceId: string, signal: AbortSignal) => getAll<Webhook>('/notifications/webhooks', { query: { workspaceId }, signal });
export const createWebhook = (body: Static<typeof CreateWebhook>) => post<Static<typeof WebhookWithSecret>>('/notifications/webhooks', body);
export const patchWebhook = ({ id, version }: Webhook, body: Static<typeof WebhookPatch>) =>
  patch<Webhook>(`/notifications/webhooks/${id}`, body, { version });
export const deleteWebhook = ({ id, version }: Webhook) => remove(`/notifications/webhooks/${id}`, { version });
export const rotateSecret = ({ id }: Webhook) => post<Static<typeof WebhookWithSecret>>(`/notifications/webhooks/${id}/secret`, {});
export const pingWebhook = ({ id }: Webhook) => post<unknown>(`/notifications/webhooks/${id}/ping`);
export const listDeliveries = (id: string, cursor: string | undefined, signal: AbortSignal) =>
  get<{ items: DeliveryItem[]; nextCursor: string | null }>(`/notifications/webhooks/${id}/deliveries`, { query: { cursor, limit: 25 }, signal });
export const getDelivery = (id: string, deliveryId: string, signal: AbortSignal) =>
  get<Static<typeof DeliveryDetail>>(`/notifications/webhooks/${id}/deliveries/${deliveryId}`, { signal });
export const replayDelivery = (id: string, deliveryId: string) => post<unknown>(`/notifications/webhooks/${id}/deliveries/${deliveryId}/replay`);
