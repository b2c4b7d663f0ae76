import { createHash } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it, vi } from 'vitest';
import type { OpenApi } from '../src/reference/document.ts';
import { merge } from '../src/reference/merge.ts';
import { render } from '../src/reference/render.ts';
import { testGateway } from './gateway.ts';

const part = (service: string, extra: OpenApi['paths'] = {}): OpenApi => ({
  openapi: '3.1.0',
  info: { title: `TaskFlow ${service}`, version: '1' },
  paths: {
    [`/${service}/things/{id}`]: {
      get: {
        operationId: 'getThing',
        summary: `A thing of ${service}`,
        security: [{ bearer: [] }],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: { description: 'the thing', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        },
      },
    },
    '/internal/secret': { post: { operationId: 'secret', responses: { 204: { description: 'done' } } } },
    ...extra,
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        properties: { [`of-${service}`]: { type: 'integer', minimum: 1, description: 'a <b>number</b> or `code`' } },
      },
    },
    securitySchemes: { serviceKey: { type: 'http', scheme: 'bearer' } },
  },
});

describe('the merged document', () => {
  const merged = merge({ auth: part('auth'), tasks: part('tasks'), metrics: undefined }, '1.2.3');

  it('has the public paths of all services, and nothing that is between them', () => {
    expect(Object.keys(merged.paths)).toEqual(['/auth/things/{id}', '/tasks/things/{id}']);
    expect(merged.components?.securitySchemes).not.toHaveProperty('serviceKey');
  });

  it('keeps equal names apart', () => {
    const [first, second] = Object.values(merged.paths).map(({ get }) => get!);
    expect([first!.operationId, second!.operationId]).toEqual(['getThing', 'tasks_getThing']);
    expect(second!.responses?.['200']?.content?.['application/json']?.schema).toEqual({ $ref: '#/components/schemas/tasks.Thing' });
    expect(merged.components?.schemas?.['tasks.Thing']).toHaveProperty('properties.of-tasks');
  });

  it('says which part is missing, where it is served and how to authenticate', () => {
    expect(merged['x-missing']).toEqual(['metrics']);
    expect(merged.servers).toEqual([{ url: '/api' }]);
    expect(Object.values(merged.paths)[0]?.get?.security).toEqual([{ bearer: [] }, { cookie: [] }]);
  });

  it('is valid OpenAPI 3.1', async () => {
    expect(await new Validator().validate({ ...structuredClone(merged) })).toMatchObject({ valid: true });
  });

  it('does not change the documents it is made of', () => {
    const auth = part('auth');
    merge({ auth, tasks: auth }, '1');
    expect(auth).toEqual(part('auth'));
  });
});

describe('the page', () => {
  const document = merge(
    {
      tasks: part('tasks', {
        '/tasks/<script>': {
          post: {
            operationId: 'evil"id',
            summary: '<script>alert(1)</script>',
            description: 'First `code & more`.\n\nSecond.',
            requestBody: {
              content: { 'application/json': { schema: { type: 'object', required: ['a'], properties: { a: { enum: ['x', 'y'] } } } } },
            },
            responses: {
              404: { content: { 'application/problem+json': { schema: { properties: { title: {}, status: {}, code: {} } } } } },
            },
          },
        },
      }),
      metrics: undefined,
    },
    '1',
  );
  const page = render(document);

  it('shows every operation with parameters, body and answers', () => {
    expect(page).toContain('<span>/api/tasks/things/{id}</span>');
    expect(page).toMatch(/<code>of-tasks<\/code>.*integer, minimum 1/s);
    expect(page).toMatch(/<code>a<\/code> <span class="needed".*&quot;x&quot; \| &quot;y&quot;/s);
    expect(page).toMatch(/<code>404<\/code>\s+<span class="muted">problem document/);
    expect(page).toContain('<p>First <code>code &amp; more</code>.</p><p>Second.</p>');
    expect(page).toMatch(/cannot be reached at the moment: metrics/);
  });

  it('escapes all that comes from the services', () => {
    expect(page).not.toMatch(/<script|<b>number|`code`/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('id="evil&quot;id"');
  });

  it('ends, when a schema contains itself', () => {
    const node = {
      type: 'object',
      properties: { child: { $ref: '#/components/schemas/tasks.Node' }, list: { items: { $ref: '#/components/schemas/tasks.Node' } } },
    };
    const recursive = part('tasks');
    recursive.components!.schemas!.Thing = { $ref: '#/components/schemas/Node' };
    recursive.components!.schemas!.Node = JSON.parse(JSON.stringify(node).replaceAll('tasks.', ''));
    expect(render(merge({ tasks: recursive }, '1')).length).toBeLessThan(1_000_000);
  });
});

describe('over HTTP', async () => {
  const { url, auth, tasks, notifications, metrics } = await testGateway();
  for (const [name, backend] of Object.entries({ auth, tasks, notifications, metrics })) {
    backend.handle = (request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        request.url === '/openapi.json' ? JSON.stringify(part(name)) : JSON.stringify({ service: name, version: '1', status: 'ready' }),
      );
    };
  }

  it('serves the document, with what the gateway itself has', async () => {
    const answer = await fetch(`${url}/openapi.json`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const document = (await answer.json()) as OpenApi;
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/health', '/auth/things/{id}', '/metrics/things/{id}']));
    expect(document).not.toHaveProperty('x-missing');
    expect(await new Validator().validate({ ...structuredClone(document) })).toMatchObject({ valid: true });
    const again = await fetch(`${url}/openapi.json`, { headers: { 'if-none-match': answer.headers.get('etag')! } });
    expect(again.status).toBe(304);
  });

  it('shows a new version of a service, and goes on to describe one that is away', async () => {
    const { now } = performance;
    let later = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + later);
    const read = async () => {
      later += 31_000;
      const answer = await fetch(`${url}/openapi.json`);
      return { etag: answer.headers.get('etag'), document: (await answer.json()) as OpenApi };
    };
    const before = await read();
    expect((await read()).etag).toBe(before.etag);
    const { handle } = tasks;
    const newer = JSON.stringify(part('tasks', { '/tasks/new': { get: { responses: {} } } }));
    tasks.handle = (_request, response) => response.end(newer);
    const after = await read();
    expect(after.etag).not.toBe(before.etag);
    expect(after.document.paths).toHaveProperty('/tasks/new');
    tasks.handle = (request) => request.socket.destroy();
    expect((await read()).etag).toBe(after.etag);
    tasks.handle = handle;
    clock.mockRestore();
  });

  it('serves a page that may load nothing, and needs nothing', async () => {
    const answer = await fetch(`${url}/docs`);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|script-src|http/);
    const style = /<style>(.*)<\/style>/s.exec(page)![1]!;
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(page).not.toMatch(/<(script|link|img|iframe)|\sstyle=|\son\w+=|src=|url\(|@import/i);
    for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^(#|openapi\.json$)/); // relative: it stands below /api
  });
});

it('serves what it has while a service is away', async () => {
  const { url } = await testGateway({ METRICS_URL: 'http://127.0.0.1:9', NOTIFICATIONS_URL: 'http://127.0.0.1:9' });
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
  expect(document['x-missing']).toEqual(expect.arrayContaining(['notifications', 'metrics']));
  expect(document.paths).toHaveProperty('/health');
});
