import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const options = { useDefaults: true, allErrors: false, strict: false } as const;
/** Bodies are taken as they are: a number sent as a string is an error, an unknown member too where the schema closes it. */
const body = new Ajv2020({ ...options, coerceTypes: false });
/** Everything in a URL or header is text, so it is converted. */
const text = new Ajv2020({ ...options, coerceTypes: 'array' });
(addFormats as unknown as (ajv: Ajv2020) => void)(body);
(addFormats as unknown as (ajv: Ajv2020) => void)(text);

export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? body : text).compile(schema);
