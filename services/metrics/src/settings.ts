import { serverSettings } from '@taskflow/http/settings';
import { Type } from 'typebox';

const days = (value: number, description: string) => Type.Integer({ minimum: 1, default: value, description: `days; ${description}` });

export const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 5001 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 6001 }),
  AUTH_URL: Type.String({
    format: 'uri',
    default: 'http://127.0.0.1:5000',
    description: 'address of auth, whose keys verify access tokens',
  }),
  STALE_SECONDS: Type.Integer({ minimum: 1, default: 120, description: 'after this long without a report a target is unknown' }),
  KEEP_MINUTES: days(7, 'figures by the minute are kept this long, and reports may come this late'),
  KEEP_HOURS: days(90, 'figures by the hour, and incidents'),
  KEEP_DAYS: days(730, 'figures by the day'),
  KEEP_IDS: days(30, 'ids of what was received, by which repeated deliveries are known'),
  RETENTION_SECONDS: Type.Number({ minimum: 1, default: 600, description: 'pause between two removals of what is too old' }),
});
