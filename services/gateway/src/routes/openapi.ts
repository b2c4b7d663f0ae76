import { notModified } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { ReferenceSource } from '../reference/reference.ts';

export function openApi(app: Server, reference: ReferenceSource): void {
  app.get('/openapi.json', { schema: { hide: true } }, async (request, reply) => {
    const { json, etag } = await reference.get();
    reply.header('cache-control', 'no-cache').header('x-content-type-options', 'nosniff');
    return notModified(request, reply, etag) ? reply : reply.type('application/json; charset=utf-8').send(json);
  });
}
