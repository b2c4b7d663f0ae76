import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fastJsonStringify from 'fast-json-stringify';
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify';

// Both compilers work at the first use. A service has hundreds of schemas, most of them problem documents, which are never
// serialised by their schema: compiling all at start took longer than everything else and held 20 MB.

const options = { useDefaults: true, allErrors: false, strict: false } as const;
/** Bodies are taken as they are: a number sent as a string is an error, an unknown member too where the schema closes it. */
const body = new Ajv2020({ ...options, coerceTypes: false });
/** Everything in a URL or header is text, so it is converted. */
const text = new Ajv2020({ ...options, coerceTypes: 'array' });
(addFormats as unknown as (ajv: Ajv2020) => void)(body);
(addFormats as unknown as (ajv: Ajv2020) => void)(text);

/** In a schema of a body: its texts may have U+0000, which the route itself copes with. */
export const ANY_TEXT = 'x-any-text';

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  let compiled: ValidateFunction | undefined;
  const validate = (data: unknown): boolean => {
    compiled ??= (httpPart === 'body' ? body : text).compile(schema);
    const valid = compiled(data);
    validate.errors = compiled.errors ?? null;
    const pointer = valid && !(ANY_TEXT in schema) ? pointerOfNul(data) : undefined;
    if (pointer === undefined) return valid;
    validate.errors = [{ keyword: 'nul', instancePath: pointer, schemaPath: '', params: {} }];
    return false;
  };
  validate.errors = null as NonNullable<ValidateFunction['errors']> | null;
  return validate;
};

/** Where a text has the character U+0000: no text of PostgreSQL can, and no schema says so of every text. */
function pointerOfNul(value: unknown, pointer = ''): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? pointer : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const own = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const found = name.includes('\0') ? own : pointerOfNul(member, own);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const compileSerializer: FastifySerializerCompiler<object> = ({ schema }) => {
  let compiled: ((data: unknown) => string) | undefined;
  return (data) => {
    compiled ??= fastJsonStringify(schema);
    return compiled(data);
  };
};
