import { ProblemDocument } from '@taskflow/contracts/problem';
import type { OpenApi, Operation } from './document.ts';

const DESCRIPTION = `The API of TaskFlow. Sign in with \`POST /auth/login\`, or make a personal API token, and send it as \`Authorization: Bearer …\`.

Errors are problem documents (RFC 9457) with a stable \`code\`. Lists are paged by cursor: pass \`nextCursor\` as \`cursor\`. Changing what
exists needs \`If-Match\` with the ETag last seen; whoever was faster answers 412 with the present state. A POST may carry an
\`Idempotency-Key\` and be sent again. Times are RFC 3339 in UTC, ids are UUIDs.`;

/**
 * One document of those of the services: paths side by side, components renamed to `<service>.<name>`, so that equal names do not
 * meet. What is between services only (`/internal`) is left out.
 * @param parts service → its document, or undefined where there is none
 */
export function merge(parts: Record<string, OpenApi | undefined>, version: string): OpenApi {
  const merged: OpenApi = {
    openapi: '3.1.0',
    info: { title: 'TaskFlow', version, description: DESCRIPTION },
    servers: [{ url: '/api' }],
    paths: {},
    components: {
      schemas: { Problem: ProblemDocument },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API token (`tf_…`), or the access token that signing in answers' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'taskflow', description: 'Set by signing in; `__Host-taskflow` on HTTPS' },
      },
    },
  };
  const operationIds = new Set<string>();
  const missing: string[] = [];
  for (const [service, part] of Object.entries(parts)) {
    if (!part) {
      missing.push(service);
      continue;
    }
    const { paths, components = {} } = renameReferences(part, service);
    for (const [path, operations] of Object.entries(paths)) {
      if (path.startsWith('/internal')) continue;
      for (const [method, operation] of Object.entries(operations)) complete(method, operation, service, operationIds);
      merged.paths[path] = { ...merged.paths[path], ...operations };
    }
    for (const [kind, named] of Object.entries(components)) {
      if (kind === 'securitySchemes') continue;
      const own = Object.entries(named).filter(([name]) => name !== 'Problem');
      if (own.length === 0) continue;
      const renamed = own.map(([name, component]) => [`${service}.${name}`, component]);
      merged.components![kind] = { ...merged.components![kind], ...Object.fromEntries(renamed) };
    }
  }
  if (missing.length > 0) merged['x-missing'] = missing;
  return merged;
}

/** What the gateway itself answers for a service, whatever the operation. */
const REFUSALS: Record<string, string> = {
  400: 'The request is malformed',
  401: 'The cookie or token counts no more',
  404: 'Nothing is there, or nothing that you may see',
  429: 'Too many requests: Retry-After says when to go on',
  502: 'A service gave no usable answer',
  503: 'Temporarily unavailable: Retry-After says when to go on',
  504: 'A service took too long',
};
/** Of methods that change something: without a token the origin is checked, and bodies are. */
const REFUSALS_OF_CHANGES: Record<string, string> = {
  403: 'Not allowed, or sent by another site',
  408: 'The body took too long to arrive',
  413: 'The body is too large',
  415: 'The body is not of a type that is understood',
};
const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

function complete(method: string, operation: Operation, service: string, operationIds: Set<string>): void {
  operation['x-service'] = service;
  const refusals = method === 'get' || method === 'head' ? REFUSALS : { ...REFUSALS, ...REFUSALS_OF_CHANGES };
  operation.responses ??= {};
  for (const [status, description] of Object.entries(refusals)) operation.responses[status] ??= { description, content: PROBLEM };
  // Behind the gateway the cookie counts wherever an access token does.
  if (operation.security?.some((requirement) => 'bearer' in requirement)) operation.security.push({ cookie: [] });
  const { operationId } = operation;
  if (operationId === undefined) return;
  if (operationIds.has(operationId)) operation.operationId = `${service}_${operationId}`;
  operationIds.add(operation.operationId!);
}

/** A deep copy in which references point at the renamed components. */
function renameReferences(part: OpenApi, service: string): OpenApi {
  return JSON.parse(JSON.stringify(part), (key, value) =>
    key === '$ref' && typeof value === 'string' ? value.replace(/^(#\/components\/[^/]+\/)(?!Problem$)/, `$1${service}.`) : value,
  );
}
