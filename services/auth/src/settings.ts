import { serverSettings } from '@taskflow/http/settings';
import { type Static, Type } from 'typebox';

export const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 5000 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 6000 }),
  PUBLIC_URL: Type.String({
    format: 'uri',
    default: 'http://localhost:8080',
    description: 'where people reach the web app; https makes cookies Secure',
  }),
  AUDIT_URL: Type.String({ format: 'uri', default: 'http://127.0.0.1:9090', description: 'address of the audit sidecar' }),
  ADMIN_EMAIL: Type.String({
    format: 'email',
    default: 'admin@taskflow.local',
    description: 'of the administrator made at the first start',
  }),
  REGISTRATION: Type.Enum(['open', 'invitation'], { default: 'open', description: 'who may make an account' }),
  REGISTRATIONS_PER_HOUR: Type.Integer({ minimum: 1, default: 100, description: 'from one network' }),
  SESSION_IDLE_HOURS: Type.Number({ minimum: 0.1, default: 14 * 24, description: 'a session unused for so long ends' }),
  SESSION_MAX_HOURS: Type.Number({ minimum: 0.1, default: 90 * 24, description: 'a session ends after so long in any case' }),
});
export type Settings = Static<typeof Settings>;
