import { ProblemDocument } from '@taskflow/contracts/problem';

interface Schema {
  $ref?: string;
  type?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  allOf?: Schema[];
  default?: unknown;
}
interface Response {
  description?: string;
  content?: Record<string, { schema?: Schema }>;
}
interface Operation {
  parameters?: Array<{ name: string; in: string; required?: boolean; description?: string; schema?: Schema }>;
  responses?: Record<string, Response>;
}
interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown> };
}

const REFERENCE = { $ref: '#/components/schemas/Problem' };
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'the ETag of the state that is to be changed: somebody may have changed it since (RFC 9110, 13.1.1)',
  schema: { type: 'string', pattern: '^"[0-9]{1,15}"$' },
};
/** What any operation can answer: the request is malformed, or this process is starting, full or ending. */
const ALWAYS = [400, 503];

/**
 * Says in an OpenAPI document what the schemas of the routes cannot: which answers are problem documents (RFC 9457), that changes
 * need If-Match, and that parameters with a default may be left out.
 */
export function finishOpenApi<D>(document: D): D {
  const { paths = {}, components } = document as Document;
  for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
    declareProblems(operation);
    if (operation.responses?.['428']) operation.parameters = [...(operation.parameters ?? []), IF_MATCH];
    for (const parameter of operation.parameters ?? []) if (parameter.schema?.default !== undefined) parameter.required = false;
  }
  if (components) components.schemas = { ...components.schemas, Problem: ProblemDocument };
  return document;
}

function declareProblems({ responses }: Operation): void {
  if (!responses) return;
  for (const status of ALWAYS)
    responses[status] ??= { description: 'Problem', content: { 'application/problem+json': { schema: REFERENCE } } };
  for (const response of Object.values(responses)) {
    for (const [type, { schema }] of Object.entries(response.content ?? {})) {
      if (!schema || !(isProblem(schema) || schema.allOf?.some(isProblem))) continue;
      delete response.content![type];
      response.content!['application/problem+json'] = { schema: isProblem(schema) ? REFERENCE : schema };
    }
  }
}

const isProblem = ({ properties = {} }: Schema): boolean => ProblemDocument.required.every((name) => name in properties);
