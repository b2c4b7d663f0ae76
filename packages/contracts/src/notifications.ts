import { type Static, Type } from 'typebox';
import { EventType, type NotifyReason } from './events.ts';
import { Nullable, OneOf, Page, PageQuery, Timestamp, Uuid } from './primitives.ts';

/** Why something is in an inbox: what tasks reports, and `system` for what this service has to say itself. */
export const InboxReason = OneOf(['assigned', 'mentioned', 'commented', 'watching', 'due', 'system']);
export type InboxReason = Static<typeof InboxReason>;

export const Notification = Type.Object({
  id: Uuid,
  reason: InboxReason,
  type: Type.String({ description: 'the type of the change, or webhook.disabled' }),
  occurredAt: Timestamp,
  workspaceId: Uuid,
  projectId: Nullable(Uuid),
  taskId: Nullable(Uuid),
  humanId: Nullable(Type.String({ description: 'of the task, such as ENG-12' })),
  title: Type.String({ description: 'of the task, or else of what this is about' }),
  actorId: Nullable(Uuid),
  actorName: Type.String(),
  excerpt: Nullable(Type.String({ description: 'beginning of the comment' })),
  fields: Type.Array(Type.String(), { description: 'what was changed' }),
  readAt: Nullable(Timestamp),
  archivedAt: Nullable(Timestamp),
  snoozedUntil: Nullable(Timestamp),
});
export type Notification = Static<typeof Notification>;

export const InboxCounts = Type.Object({
  unread: Type.Integer({ description: 'neither read, archived nor snoozed' }),
  byReason: Type.Partial(Type.Record(InboxReason, Type.Integer()), { description: 'the unread ones; reasons without any are left out' }),
});
export type InboxCounts = Static<typeof InboxCounts>;

/** Which notifications: `active` is everything neither archived nor snoozed. */
export const InboxState = OneOf(['active', 'unread', 'snoozed', 'archived'], { default: 'active' });
export type InboxState = Static<typeof InboxState>;

export const InboxQuery = Type.Object({
  ...PageQuery.properties,
  state: Type.Optional(InboxState),
  reason: Type.Optional(InboxReason),
  projectId: Type.Optional(Uuid),
  taskId: Type.Optional(Uuid),
});

/** Newest first. */
export const InboxPage = Type.Object({ ...Page(Notification).properties, counts: InboxCounts });

/** All notifications of one task (or one without a task), represented by the newest. */
export const InboxGroup = Type.Object({
  taskId: Nullable(Uuid),
  latest: Notification,
  count: Type.Integer(),
  unread: Type.Integer(),
  reasons: Type.Array(InboxReason),
});
export const InboxGroupPage = Type.Object({ ...Page(InboxGroup).properties, counts: InboxCounts });

/** Which notifications an act is for; exactly one member. */
const Selection = {
  ids: Type.Optional(Type.Array(Uuid, { minItems: 1, maxItems: 200, uniqueItems: true })),
  taskId: Type.Optional(Uuid),
  through: Type.Optional(
    Type.String({ format: 'uuid', description: 'all up to and including this notification: what came later, unseen, stays as it is' }),
  ),
};
export const InboxSelection = Type.Object(Selection, { additionalProperties: false, minProperties: 1, maxProperties: 1 });
export type InboxSelection = Static<typeof InboxSelection>;
export const SnoozeRequest = Type.Object(
  { ...Selection, until: Timestamp },
  { additionalProperties: false, minProperties: 2, maxProperties: 2 },
);
export const InboxChange = Type.Object({ changed: Type.Integer(), counts: InboxCounts });

/** Data of the `inbox` events of `GET /notifications/stream`: notifications as they are now; those known already are replaced. */
export const InboxUpdate = Type.Object({ items: Type.Array(Notification), counts: InboxCounts });
export type InboxUpdate = Static<typeof InboxUpdate>;

export const EmailMode = OneOf(['instant', 'digest', 'off']);
export type EmailMode = Static<typeof EmailMode>;

const KindPreference = Type.Object({ inbox: Type.Boolean(), email: EmailMode });
const Kinds = {
  assigned: KindPreference,
  mentioned: KindPreference,
  commented: KindPreference,
  watching: KindPreference,
  due: KindPreference,
} satisfies Record<NotifyReason, unknown>;

const LocalTime = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', maxLength: 5, description: 'local time, such as 07:30' });
const QuietHours = Type.Object(
  { start: LocalTime, end: LocalTime },
  { additionalProperties: false, description: 'e-mail is held back from start until end; over midnight when end is the earlier' },
);
const TimeZone = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9_+/-]+$',
  description: 'name in the IANA time zone database, such as Europe/Berlin',
});

export const Preferences = Type.Object({
  kinds: Type.Object(Kinds),
  timeZone: TimeZone,
  quietHours: Nullable(QuietHours),
  digestTime: LocalTime,
  email: Type.Object({
    available: Type.Boolean({ description: 'false: this installation sends no e-mail' }),
    address: Nullable(Type.String({ description: 'where it goes; null until the first notification' })),
  }),
  version: Type.Integer(),
});
export type Preferences = Static<typeof Preferences>;

const KindPatch = Type.Object({ inbox: Type.Optional(Type.Boolean()), email: Type.Optional(EmailMode) }, { additionalProperties: false });
/** JSON Merge Patch (RFC 7396); null for quietHours ends them. */
export const PreferencesPatch = Type.Object(
  {
    kinds: Type.Optional(
      Type.Object(
        {
          assigned: Type.Optional(KindPatch),
          mentioned: Type.Optional(KindPatch),
          commented: Type.Optional(KindPatch),
          watching: Type.Optional(KindPatch),
          due: Type.Optional(KindPatch),
        },
        { additionalProperties: false },
      ),
    ),
    timeZone: Type.Optional(TimeZone),
    quietHours: Type.Optional(Nullable(QuietHours)),
    digestTime: Type.Optional(LocalTime),
  },
  { additionalProperties: false },
);

export const MuteKind = OneOf(['task', 'project']);
/** From a muted task or project only what calls on the person directly still arrives: assigned and mentioned. */
export const Mute = Type.Object({ kind: MuteKind, id: Uuid, createdAt: Timestamp });
export const MuteParams = Type.Object({ kind: MuteKind, id: Uuid });
export const MuteList = Type.Object({ items: Type.Array(Mute) });

const WebhookUrl = Type.String({
  minLength: 1,
  maxLength: 2000,
  pattern: '^[^\\u0000-\\u0020]+$',
  description: 'https address that takes POST; redirects are not followed',
});
const EventTypes = Type.Array(EventType, { maxItems: 50, uniqueItems: true, description: 'empty: all' });
const WebhookName = Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f]+$' });

export const Webhook = Type.Object({
  id: Uuid,
  workspaceId: Uuid,
  name: Type.String(),
  url: Type.String(),
  projectId: Nullable(Uuid),
  eventTypes: EventTypes,
  enabled: Type.Boolean(),
  disabledReason: Nullable(OneOf(['by-hand', 'failing', 'gone'])),
  failingSince: Nullable(Timestamp),
  previousSecretUntil: Nullable(Type.String({ format: 'date-time', description: 'both secrets sign until then' })),
  createdBy: Uuid,
  createdAt: Timestamp,
  version: Type.Integer(),
});
export type Webhook = Static<typeof Webhook>;

export const CreateWebhook = Type.Object(
  {
    workspaceId: Uuid,
    name: WebhookName,
    url: WebhookUrl,
    projectId: Type.Optional(Nullable(Uuid)),
    eventTypes: Type.Optional(EventTypes),
  },
  { additionalProperties: false },
);
/** JSON Merge Patch. */
export const WebhookPatch = Type.Object(
  {
    name: Type.Optional(WebhookName),
    url: Type.Optional(WebhookUrl),
    projectId: Type.Optional(Nullable(Uuid)),
    eventTypes: Type.Optional(EventTypes),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export const WebhookWithSecret = Type.Object({
  ...Webhook.properties,
  secret: Type.String({ description: 'whsec_… by the Standard Webhooks scheme; shown only now' }),
});
export const WebhookQuery = Type.Object({ ...PageQuery.properties, workspaceId: Uuid });
export const WebhookPage = Page(Webhook);
export const RotateSecret = Type.Object(
  {
    overlapHours: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 168, default: 24, description: 'how long the old secret signs as well' }),
    ),
  },
  { additionalProperties: false },
);

export const DeliveryState = OneOf(['pending', 'delivered', 'failed']);
export const DeliveryAttempt = Type.Object({
  number: Type.Integer(),
  at: Timestamp,
  requestId: Type.String(),
  status: Nullable(Type.Integer({ description: 'HTTP status of the answer' })),
  durationMs: Type.Integer(),
  error: Nullable(Type.String()),
  answer: Type.String({ description: 'first bytes of the answer' }),
});
export const Delivery = Type.Object({
  id: Uuid,
  messageId: Type.String({ description: 'sent as webhook-id, the same at every attempt' }),
  type: Type.String(),
  state: DeliveryState,
  attempts: Type.Integer(),
  createdAt: Timestamp,
  deliveredAt: Nullable(Timestamp),
  nextAttemptAt: Nullable(Timestamp),
  lastAttempt: Nullable(DeliveryAttempt),
});
export const DeliveryQuery = Type.Object({ ...PageQuery.properties, state: Type.Optional(DeliveryState) });
export const DeliveryPage = Page(Delivery);
export const DeliveryParams = Type.Object({ id: Uuid, deliveryId: Uuid });
export const DeliveryDetail = Type.Object({
  ...Delivery.properties,
  body: Type.String({ description: 'as it is sent' }),
  log: Type.Array(DeliveryAttempt),
});
export const ReplayRequest = Type.Object(
  {
    since: Timestamp,
    state: Type.Optional(OneOf(['failed', 'delivered', 'all'], { default: 'failed' })),
  },
  { additionalProperties: false },
);
export const ReplayAnswer = Type.Object({ replayed: Type.Integer() });
