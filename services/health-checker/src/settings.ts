import { hostname } from 'node:os';
import { type Environment, readSettings, SettingsError, serverSettings } from '@taskflow/http/settings';
import { Type } from 'typebox';
import { parseTargets, TargetError } from './targets.ts';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 9091 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 10091 }),
  TARGETS: Type.String({
    default: 'metrics=http://127.0.0.1:5001/',
    description: 'what to probe: name=url, separated by commas; http:// for a status document, tcp:// for an open port',
  }),
  METRICS_URL: Type.String({ format: 'uri', default: 'http://127.0.0.1:5001', description: 'where results are reported' }),
  CHECKER: Type.String({
    minLength: 1,
    maxLength: 100,
    default: hostname().slice(0, 100),
    description: 'name of this checker in its reports',
  }),
  PROBE_INTERVAL_SECONDS: Type.Number({ minimum: 0.05, default: 5 }),
  PROBE_BACKOFF_SECONDS: Type.Number({ minimum: 0, default: 30, description: 'longest interval for a target that is down' }),
  PROBE_TIMEOUT_SECONDS: Type.Number({ minimum: 0.05, default: 2 }),
  DEGRADED_ABOVE_MS: Type.Number({ minimum: 0, default: 500, description: 'a slower answer makes the target degraded' }),
  REPORT_INTERVAL_SECONDS: Type.Number({ minimum: 0.05, default: 10 }),
  REPORT_BACKOFF_SECONDS: Type.Number({ minimum: 0, default: 30, description: 'longest interval while metrics is away' }),
  BUFFERED_OBSERVATIONS: Type.Integer({
    minimum: 16,
    default: 5000,
    description: 'how many wait for metrics before the oldest are summarised',
  }),
});

/** @throws SettingsError also for a target that is wrong */
export function readCheckerSettings(environment: Environment) {
  const settings = readSettings(Settings, environment);
  try {
    const texts = settings.TARGETS.split(',').map((text) => text.trim());
    return { settings, targets: parseTargets(texts.filter((text) => text !== '')) };
  } catch (error) {
    if (error instanceof TargetError) throw new SettingsError(`setting TARGETS: ${error.message}`);
    throw error;
  }
}
