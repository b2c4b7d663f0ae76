import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import { Type } from 'typebox';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { observeSecrets, Secret } from '../src/secret.ts';
import { printable, readSettings, SettingsError, serverSettings } from '../src/settings.ts';
import { Telemetry } from '../src/telemetry.ts';

const Settings = Type.Object({
  ...serverSettings,
  PORT: Type.Integer({ ...serverSettings.PORT, default: 5001 }),
  OPERATIONS_PORT: Type.Integer({ ...serverSettings.OPERATIONS_PORT, default: 6001 }),
  AUTH_URL: Type.String({ format: 'uri' }),
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskflow-config-'));
  return () => rmSync(directory, { recursive: true });
});
const read = (environment: Record<string, string>) =>
  readSettings(Settings, { CONFIG_DIR: directory, AUTH_URL: 'http://auth', ...environment });

it('takes variables before files before defaults, and converts them', () => {
  writeFileSync(join(directory, 'LOG_LEVEL'), 'warn\n');
  writeFileSync(join(directory, 'PORT'), '7000');
  expect(read({ PORT: '8000' })).toMatchObject({ PORT: 8000, LOG_LEVEL: 'warn', ENVIRONMENT: 'production', OPERATIONS_PORT: 6001 });
});

it.each([
  [{ PORT: 'many' }, 'variable PORT is "many": expected integer at least 0 at most 65535'],
  [{ PORT: '70000' }, 'variable PORT is "70000": expected integer'],
  [{ LOG_LEVEL: 'loud' }, 'variable LOG_LEVEL is "loud": expected one of trace, debug, info'],
  [{ AUTH_URL: 'auth:5000 please' }, 'variable AUTH_URL is "auth:5000 please": expected uri'],
  [{ LOG_LEVLE: 'debug' }, 'variable LOG_LEVLE is unknown: is LOG_LEVEL meant?'],
  [{ OPERATION_PORT: '1' }, 'variable OPERATION_PORT is unknown: is OPERATIONS_PORT meant?'],
  [{ log_level: 'debug' }, 'variable log_level is unknown: is LOG_LEVEL meant?'],
])('names what is wrong in %o', (environment, message) => {
  expect(() => read(environment as Record<string, string>)).toThrow(SettingsError);
  expect(() => read(environment as Record<string, string>)).toThrow(message);
});

it('names a missing setting, a bad file and a misspelt one, all at once', () => {
  writeFileSync(join(directory, 'ENVIRONMENTS'), 'production');
  writeFileSync(join(directory, 'SHUTDOWN_SECONDS'), '-1');
  let message = '';
  try {
    readSettings(Settings, { CONFIG_DIR: directory });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain('setting AUTH_URL is missing');
  expect(message).toContain(`${directory}/SHUTDOWN_SECONDS is "-1"`);
  expect(message).toContain(`${directory}/ENVIRONMENTS is unknown: is ENVIRONMENT meant?`);
});

it('leaves other variables alone', () => {
  expect(() => read({ HOSTNAME: 'x', METRICS_URL: 'y', OPERATIONS_PORT: '1', OPERATIONS_PORTS: '2', npm_config_x: 'z' })).not.toThrow();
});

it('prints settings without credentials', () => {
  expect(printable({ A: 'smtp://user:secret@mail:25/x', B: 3 })).toEqual({ A: 'smtp://***@mail:25/x', B: 3 });
});

describe('Secret', () => {
  it('is picked up anew when the mount is swapped, as Kubernetes does', async () => {
    const [old, next] = [testSecrets({ key: 'one' }), testSecrets({ key: 'two\nthree' })];
    const mount = join(directory, 'mount');
    symlinkSync(old, mount);
    const secret = new Secret(mount, 'key');
    afterAll(() => secret.close());
    let changes = 0;
    secret.onChange(() => {
      changes += 1;
    });
    expect(secret.value).toBe('one');
    symlinkSync(next, `${mount}.new`);
    renameSync(`${mount}.new`, mount);
    await until(() => changes === 1);
    expect(secret.keys).toEqual(['two', 'three']);
    rmSync(mount);
    expect(secret.value).toBe('two\nthree');
  });

  it('shows which version is in use, and nothing of what it is', async () => {
    const mount = testSecrets({ key: 'one', other: 'one' });
    const [key, other] = [new Secret(mount, 'key'), new Secret(mount, 'other')];
    afterAll(() => [key.close(), other.close()]);
    const telemetry = new Telemetry('test');
    observeSecrets(telemetry, key, other);
    const shown = async () => (await telemetry.registry.metrics()).match(/^secret_version.*/gm);
    const line = (secret: string, version: string) => `secret_version{secret="${secret}",version="${version}",service="test"} 1`;
    // printf one | sha256sum
    expect(await shown()).toEqual([line('key', '7692'), line('other', '7692')]);
    writeFileSync(join(mount, 'key'), 'two\nthree\n');
    await until(() => key.keys.length === 2);
    // printf 'two\nthree' | sha256sum
    expect(await shown()).toEqual([line('key', '43fc'), line('other', '7692')]);
  });

  it('names the file that is missing or empty', () => {
    expect(() => new Secret(directory, 'jwt-secret')).toThrow(`secret file ${directory}/jwt-secret is missing`);
    writeFileSync(join(directory, 'empty'), ' \n');
    expect(() => new Secret(directory, 'empty')).toThrow('is empty');
  });
});
