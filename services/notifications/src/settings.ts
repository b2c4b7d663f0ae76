import { serverSettings } from '@taskflow/http/settings';
import { type Static, Type } from 'typebox';

export const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 3001 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 4001 }),
  AUTH_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:5000',
    description: 'address of auth, whose keys verify access tokens',
  }),
  PUBLIC_URL: Type.String({ format: 'uri', default: 'http://localhost:8080', description: 'where people reach the web app' }),

  SMTP_URL: Type.Optional(
    Type.String({
      format: 'uri',
      description: 'mail server, such as smtp://user@mail.example.org:587, without the password: that is the secret file smtp-password',
    }),
  ),
  MAIL_FROM: Type.String({ default: 'TaskFlow <taskflow@localhost>', maxLength: 300, description: 'sender of e-mail' }),
  SMTP_TIMEOUT_SECONDS: Type.Number({ minimum: 1, maximum: 900, default: 60, description: 'seconds to hand over one e-mail' }),

  WEBHOOK_ALLOW_HTTP: Type.Boolean({ default: false, description: 'webhooks may use plain http' }),
  WEBHOOK_ALLOWED_NETWORKS: Type.String({
    default: '',
    description: 'CIDR, comma-separated: networks webhooks may reach besides the public Internet',
  }),
  WEBHOOK_DNS_SERVERS: Type.String({
    default: '',
    description: 'addresses, comma-separated: DNS servers for webhooks instead of the system’s',
  }),
  WEBHOOK_TIMEOUT_SECONDS: Type.Number({ minimum: 1, maximum: 60, default: 15, description: 'seconds a receiver may take' }),
  WEBHOOK_FAILING_DAYS: Type.Integer({ minimum: 0, default: 5, description: 'days of nothing but failures until a webhook is disabled' }),
  RETRY_SECONDS: Type.Number({
    minimum: 0.05,
    maximum: 3600,
    default: 5,
    description: 'seconds until the first retry of an e-mail or webhook',
  }),

  INBOX_DAYS: Type.Integer({ minimum: 1, default: 180, description: 'days that notifications are kept' }),
  DELIVERY_LOG_DAYS: Type.Integer({ minimum: 2, default: 30, description: 'days that the log of e-mails and webhook calls is kept' }),
});
export type Settings = Static<typeof Settings>;
