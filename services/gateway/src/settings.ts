import { serverSettings } from '@taskflow/http/settings';
import { type Static, Type } from 'typebox';

const url = (port: number, description: string) => Type.String({ format: 'uri', default: `http://127.0.0.1:${port}`, description });
const budget = (quota: number, description: string) => Type.Integer({ minimum: 1, default: quota, description });

export const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 3000 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 4000 }),
  PUBLIC_URL: Type.String({ format: 'uri', default: 'http://localhost:8080', description: 'where people reach the web app' }),
  AUTH_URL: url(5000, 'address of auth'),
  TASKS_URL: url(8081, 'address of tasks'),
  NOTIFICATIONS_URL: url(3001, 'address of notifications'),
  METRICS_URL: url(5001, 'address of metrics'),
  TRUSTED_PROXIES: Type.String({
    default: '',
    description: 'addresses or CIDR ranges, separated by commas, of proxies whose X-Forwarded-* fields are believed',
  }),
  RATE_LIMIT_USER: budget(3000, 'requests a minute of one account'),
  RATE_LIMIT_ADDRESS: budget(6000, 'requests a minute of one IPv4 address or IPv6 /64 network'),
  RATE_LIMIT_SIGN_IN: budget(30, 'sign-ins and registrations a minute of one address or network'),
  STREAMS: Type.Integer({
    minimum: 1,
    default: 50,
    description: 'event streams that one account, or one address without one, may have open',
  }),
  // packages/http gives up on any request after 30 seconds; the exchange knows more of it and comes first.
  TIMEOUT_SECONDS: Type.Number({
    exclusiveMinimum: 0,
    maximum: 29,
    default: 29,
    description: 'how long a service may take to begin its answer',
  }),
  STALL_SECONDS: Type.Number({ exclusiveMinimum: 0, default: 60, description: 'how long a body may stand still, in either direction' }),
  UPLOAD_SECONDS: Type.Number({ minimum: 1, default: 600, description: 'how long one request may take to arrive' }),
  REPORT_SECONDS: Type.Number({ exclusiveMinimum: 0, default: 5, description: 'how often request statistics go to metrics' }),
});
export type Settings = Static<typeof Settings>;
