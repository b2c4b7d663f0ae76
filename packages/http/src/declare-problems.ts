import { ProblemDocument } from '@taskflow/contracts/problem';

interface Media {
  schema?: unknown;
}
interface Response {
  description?: string;
  content?: Record<string, Media>;
}
interface Document {
  paths?: Record<string, Record<string, { responses?: Record<string, Response> }>>;
  components?: { schemas?: Record<string, unknown> };
}

const JSON_TYPE = 'application/json';
const REFERENCE = { $ref: '#/components/schemas/Problem' };
/** What any operation can answer: the request is malformed, too slow, or this process is starting, full or ending. */
const ALWAYS = [400, 503];

/** Says of the problem documents in an OpenAPI document what they are (RFC 9457), once for all of them. */
export function declareProblems<D>(document: D): D {
  const { paths = {}, components } = document as Document;
  for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
    const { responses } = operation;
    if (!responses) continue;
    for (const status of ALWAYS) responses[status] ??= problemResponse();
    for (const response of Object.values(responses)) {
      const media = response.content?.[JSON_TYPE];
      if (!response.content || !media || !isProblem(media.schema)) continue;
      const { [JSON_TYPE]: _, ...others } = response.content;
      response.content = { ...others, 'application/problem+json': { schema: REFERENCE } };
    }
  }
  if (components) components.schemas = { ...components.schemas, Problem: ProblemDocument };
  return document;
}

const isProblem = (schema: unknown): boolean =>
  ProblemDocument.required.every((name) => name in ((schema as { properties?: object } | undefined)?.properties ?? {}));

const problemResponse = (): Response => ({ description: 'Problem', content: { 'application/problem+json': { schema: REFERENCE } } });
