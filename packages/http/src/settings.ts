import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, type TObject, type TProperties, Type } from 'typebox';
import { Value } from 'typebox/value';

export type Environment = Record<string, string | undefined>;

/** A setting or secret file is missing or wrong. The message names it and says what is expected. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/** The settings every service has. */
export const serverSettings = {
  HOST: Type.String({ default: '127.0.0.1', description: 'address to listen on' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65535, description: 'port of the API; 0 takes a free one' }),
  OPERATIONS_HOST: Type.Optional(Type.String({ description: 'address of the operational port; HOST when not set' })),
  OPERATIONS_PORT: Type.Integer({ minimum: 0, maximum: 65535, description: 'port of the probes and of /metrics' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info' }),
  ENVIRONMENT: Type.Enum(['development', 'production', 'test'], { default: 'production' }),
  SECRETS_DIR: Type.String({ default: '/etc/secrets', description: 'folder of the mounted secrets' }),
  SHUTDOWN_SECONDS: Type.Number({ minimum: 0, default: 20, description: 'hard deadline of a graceful shutdown' }),
  DRAIN_SECONDS: Type.Number({ minimum: 0, default: 3, description: 'readiness is off for this long before the port closes' }),
};

export type ServerSettings = Static<TObject<typeof serverSettings>>;

/**
 * Reads settings once, at start: environment variables first, then the files of CONFIG_DIR
 * (a mounted ConfigMap, one file a setting), then the schema's defaults.
 * @throws SettingsError naming every bad variable or file and what it expects
 */
export function readSettings<P extends TProperties>(schema: TObject<P>, environment: Environment): Static<TObject<P>> {
  const directory = environment.CONFIG_DIR ?? '/etc/backend-config';
  const files = readFiles(directory);
  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const name of Object.keys(schema.properties)) {
    const value = environment[name] ?? files[name];
    if (value === undefined) continue;
    values[name] = value;
    sources[name] = environment[name] === undefined ? join(directory, name) : `variable ${name}`;
  }
  const converted = Value.Convert(schema, Value.Default(schema, values));
  const problems = Value.Errors(schema, converted).map((error) => {
    const name = error.instancePath.split('/')[1] ?? missingName(error);
    const property = schema.properties[name] as { description?: string } | undefined;
    const expected = `expected ${describe(property)}`;
    return sources[name]
      ? `${sources[name]} is ${JSON.stringify(environment[name] ?? files[name])}: ${expected}`
      : `setting ${name} is missing: ${expected}`;
  });
  const known = [...Object.keys(schema.properties), 'CONFIG_DIR'];
  for (const { name, meant } of misspelt(Object.keys(environment), known)) problems.push(`variable ${name} is unknown: is ${meant} meant?`);
  for (const { name, meant } of misspelt(Object.keys(files), known))
    problems.push(`${join(directory, name)} is unknown: is ${meant} meant?`);
  if (problems.length > 0) throw new SettingsError([...new Set(problems)].join('; '));
  return converted as Static<TObject<P>>;
}

/** The settings as they may be logged: secrets are in files, but an address can hold credentials. */
export function printable(settings: object): Record<string, unknown> {
  const hide = (value: unknown) => (typeof value === 'string' ? value.replace(/\/\/[^/@\s]*@/g, '//***@') : value);
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, hide(value)]));
}

/** Names that are one slip of the finger from a known one that is not set, which they are probably meant to be. */
function misspelt(names: string[], known: string[]): Array<{ name: string; meant: string }> {
  return names
    .filter((name) => name.length >= 6 && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((candidate) => !names.includes(candidate) && isOneSlip(name.toUpperCase(), candidate));
      return meant ? [{ name, meant }] : [];
    });
}

/** Whether one inserted, missing, wrong or swapped character, or the case of letters, is all the difference. */
function isOneSlip(left: string, right: string): boolean {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start += 1;
  let [a, b] = [left.slice(start), right.slice(start)];
  while (a && b && a.at(-1) === b.at(-1)) [a, b] = [a.slice(0, -1), b.slice(0, -1)];
  return a.length + b.length <= 1 || (a.length === 1 && b.length === 1) || (a.length === 2 && a[0] === b[1] && a[1] === b[0]);
}

function missingName(error: { params: object }): string {
  const { requiredProperties } = error.params as { requiredProperties?: string[] };
  return requiredProperties?.[0] ?? '';
}

function describe(property: object | undefined): string {
  const { description, enum: values, type, minimum, maximum, format } = (property ?? {}) as Record<string, unknown>;
  const parts = [
    Array.isArray(values) ? `one of ${values.join(', ')}` : `${format ?? type ?? 'a value'}`,
    minimum === undefined ? '' : `at least ${minimum}`,
    maximum === undefined ? '' : `at most ${maximum}`,
    description ? `(${description})` : '',
  ];
  return parts.filter(Boolean).join(' ');
}

function readFiles(directory: string): Record<string, string> {
  try {
    const names = readdirSync(directory, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('..'));
    return Object.fromEntries(names.map(({ name }) => [name, readFileSync(join(directory, name), 'utf8').trim()]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SettingsError(`${directory} cannot be read: ${(error as Error).message}`);
  }
}
