import { notModified } from '@taskflow/http/conditional';
import type { Server } from '@taskflow/http/server';
import type { ReferenceSource } from '../reference/reference.ts';
import { CONTENT_SECURITY_POLICY } from '../reference/style.ts';

/** The API reference to read: one page, its links relative, so that it stands below any prefix. */
export function docs(app: Server, reference: ReferenceSource): void {
  app.get('/docs', { schema: { hide: true } }, async (request, reply) => {
    const { html, etag } = await reference.get();
    reply.headers({
      'cache-control': 'no-cache',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    return notModified(request, reply, etag) ? reply : reply.type('text/html; charset=utf-8').send(html);
  });
}
