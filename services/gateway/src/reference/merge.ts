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
      for (const operation of Object.values(operations)) complete(operation, service, operationIds);
      merged.paths[path] = { ...merged.paths[path], ...operations };
    }
    for (const [kind, named] of Object.entries(components)) {
      if (kind === 'securitySchemes' || Object.keys(named).length === 0) continue;
      const renamed = Object.entries(named).map(([name, component]) => [`${service}.${name}`, component]);
      merged.components![kind] = { ...merged.components![kind], ...Object.fromEntries(renamed) };
    }
  }
  if (missing.length > 0) merged['x-missing'] = missing;
  return merged;
}

function complete(operation: Operation, service: string, operationIds: Set<string>): void {
  operation['x-service'] = service;
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
    key === '$ref' && typeof value === 'string' ? value.replace(/^(#\/components\/[^/]+\/)/, `$1${service}.`) : value,
  );
}
