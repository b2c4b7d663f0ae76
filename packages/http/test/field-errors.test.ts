import { Nullable, OneOf } from '@taskflow/contracts/primitives';
import { FIELD_ERRORS, type FieldError, type FieldErrorCode } from '@taskflow/contracts/problem';
import { testServer } from '@taskflow/testing/http-server';
import { Type } from 'typebox';
import { beforeAll, expect, it } from 'vitest';
import type { Server } from '../src/server.ts';

const Body = Type.Object(
  {
    text: Type.Optional(Type.String({ minLength: 2, maxLength: 3, pattern: '^[a-z]+$' })),
    name: Type.Optional(Type.String({ minLength: 1, pattern: '\\S' })),
    note: Type.Optional(Nullable(Type.String({ maxLength: 2 }))),
    date: Type.Optional(Nullable(Type.String({ format: 'date' }))),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
    kind: Type.Optional(OneOf(['a', 'b'])),
    yes: Type.Optional(Type.Literal(true)),
    list: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 2, uniqueItems: true })),
    inner: Type.Optional(Type.Object({ 'a/b': Type.Integer() }, { additionalProperties: false })),
    odd: Type.Optional(Type.Integer({ multipleOf: 2 })),
  },
  { additionalProperties: false, minProperties: 1 },
);

let app: Server;
beforeAll(async () => {
  app = await testServer((server) => {
    server.post('/things', { schema: { body: Body } }, async () => ({}));
    server.get('/things', { schema: { querystring: Type.Object({ limit: Type.Integer() }) } }, async () => ({}));
  });
});

async function errorsOf(path: string, init?: RequestInit): Promise<FieldError[]> {
  const answer = await fetch(app.url + path, init);
  expect(answer.status).toBe(400);
  return ((await answer.json()) as { errors: FieldError[] }).errors;
}

it.each<[value: object, pointer: string, code: FieldErrorCode, params?: FieldError['params']]>([
  [{}, '', 'too_few', { min: 1 }],
  [{ text: 1 }, '/text', 'wrong_type', { expected: 'string' }],
  [{ text: 'a' }, '/text', 'too_short', { min: 2 }],
  [{ text: 'abcd' }, '/text', 'too_long', { max: 3 }],
  [{ text: 'AB' }, '/text', 'wrong_pattern', { pattern: '^[a-z]+$' }],
  [{ name: '' }, '/name', 'blank'],
  [{ name: ' ' }, '/name', 'blank'],
  [{ note: 'abc' }, '/note', 'too_long', { max: 2 }],
  [{ note: 1 }, '/note', 'wrong_type', { expected: 'string' }],
  [{ date: '2026-02-30' }, '/date', 'wrong_format', { format: 'date' }],
  [{ count: 0 }, '/count', 'too_small', { min: 1 }],
  [{ count: 10 }, '/count', 'too_large', { max: 9 }],
  [{ kind: 'c' }, '/kind', 'not_allowed', { allowed: ['a', 'b'] }],
  [{ yes: false }, '/yes', 'not_allowed', { allowed: ['true'] }],
  [{ list: [] }, '/list', 'too_few', { min: 1 }],
  [{ list: ['a', 'b', 'c'] }, '/list', 'too_many', { max: 2 }],
  [{ list: ['a', 'a'] }, '/list', 'not_unique'],
  [{ list: [1] }, '/list/0', 'wrong_type', { expected: 'string' }],
  [{ inner: {} }, '/inner/a~1b', 'missing'],
  [{ other: 1 }, '/other', 'unknown'],
  [{ odd: 1 }, '/odd', 'invalid'],
  [{ list: ['a', 'b\0'] }, '/list/1', 'nul_character'],
])('%j: %s %s', async (value, pointer, code, params) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
  const errors = await errorsOf('/things', init);
  expect(errors).toEqual([{ pointer: `/body${pointer}`, code, ...(params ? { params } : {}), detail: expect.any(String) }]);
  expect(Object.keys(params ?? {})).toEqual(FIELD_ERRORS[code]);
});

it('says which part of the request it is', async () => {
  expect(await errorsOf('/things')).toMatchObject([{ pointer: '/querystring/limit', code: 'missing' }]);
  expect(await errorsOf('/things?limit=x')).toMatchObject([{ pointer: '/querystring/limit', code: 'wrong_type' }]);
});
