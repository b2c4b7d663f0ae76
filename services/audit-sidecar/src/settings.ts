import { serverSettings } from '@taskflow/http/settings';
import { type Static, Type } from 'typebox';

export const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 9090 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 10090 }),
  AUDIT_ORIGIN: Type.String({
    default: 'taskflow/audit',
    pattern: '^[^\\s+]+$',
    maxLength: 200,
    description: 'name of this log in its checkpoints, best a host name and path that are yours; fixed once the log has begun',
  }),
});
export type Settings = Static<typeof Settings>;
