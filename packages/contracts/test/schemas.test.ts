import { readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, it } from 'vitest';

const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true });
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
const modules = readdirSync(new URL('../src', import.meta.url)).filter((file) => file.endsWith('.ts'));
const isSchema = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && ('~kind' in value || 'type' in value || 'anyOf' in value);

it.each(modules)('every schema of %s is valid JSON Schema 2020-12, with known formats', async (file) => {
  const schemas = Object.entries(await import(`../src/${file}`)).filter(([, value]) => isSchema(value));
  for (const [name, schema] of schemas) {
    expect(() => ajv.compile(JSON.parse(JSON.stringify(schema))), name).not.toThrow();
  }
});
