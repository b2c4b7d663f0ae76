import { Nullable, OneOf, Page, PageQuery, Uuid } from '@taskflow/contracts/primitives';
import { ProblemDocument } from '@taskflow/contracts/problem';
import { Type } from 'typebox';
import { beforeAll, expect, it } from 'vitest';
import { testServer } from '../src/http-server.ts';
import { expectValidOpenApi } from '../src/openapi.ts';

interface Document {
  paths: Record<string, Record<string, Record<string, unknown>>>;
}
let document: Document;

beforeAll(async () => {
  const Thing = Type.Object({ id: Uuid, kind: OneOf(['a', 'b']), note: Nullable(Type.String()) });
  const app = await testServer((server) => {
    const common = { summary: 'Things', tags: ['things'] };
    server.get(
      '/things',
      { schema: { ...common, operationId: 'listThings', querystring: PageQuery, response: { 200: Page(Thing), 401: ProblemDocument } } },
      async () => ({ items: [], nextCursor: null }),
    );
    server.post(
      '/things',
      { schema: { ...common, operationId: 'createThing', body: Thing, response: { 201: Thing } } },
      async () => ({}) as never,
    );
    server.delete(
      '/things/:id',
      { schema: { ...common, operationId: 'deleteThing', params: Type.Object({ id: Uuid }), response: { 204: Type.Null() } } },
      async () => null,
    );
  });
  document = (await (await fetch(`${app.url}/openapi.json`)).json()) as Document;
});

it('accepts what the HTTP library generates', async () => {
  expect(Object.keys(document.paths)).toEqual(['/things', '/things/{id}']);
  await expectValidOpenApi(document);
});

it.each<[string, (document: Document) => void]>([
  ['another version', (broken) => Object.assign(broken, { openapi: '3.0.3' })],
  ['an unknown member', (broken) => Object.assign(broken.paths['/things']!.get!, { respones: {} })],
  ['a parameter in no place', (broken) => Object.assign(broken.paths['/things']!.get!, { parameters: [{ name: 'x', in: 'nowhere' }] })],
  ['no summary', (broken) => delete broken.paths['/things']!.get!.summary],
  ['no operationId', (broken) => delete broken.paths['/things']!.post!.operationId],
  ['one operationId twice', (broken) => Object.assign(broken.paths['/things']!.get!, { operationId: 'createThing' })],
  ['only failures', (broken) => Object.assign(broken.paths['/things']!.get!, { responses: { 404: { description: 'no' } } })],
])('refuses %s', async (_name, damage) => {
  const broken = structuredClone(document);
  damage(broken);
  await expect(expectValidOpenApi(broken)).rejects.toThrow();
});
