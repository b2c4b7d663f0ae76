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

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  let compiled: ValidateFunction | undefined;
  const validate = (data: unknown): boolean => {
    compiled ??= (httpPart === 'body' ? body : text).compile(schema);
    const valid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return valid;
  };
  validate.errors = null as NonNullable<ValidateFunction['errors']> | null;
  return validate;
};

export const compileSerializer: FastifySerializerCompiler<object> = ({ schema }) => {
  let compiled: ((data: unknown) => string) | undefined;
  return (data) => {
    compiled ??= fastJsonStringify(schema);
    return compiled(data);
  };
};
