import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'vitest';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  responses?: Record<string, unknown>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * Expects a document that is valid by OpenAPI 3.1 (the schema that the OpenAPI Initiative publishes), and in which every
 * operation has what a reference page and a generated client need: an id of its own, a summary, a tag and an answer.
 * `await expectValidOpenApi(await (await fetch(server.url + '/openapi.json')).json())`
 */
export async function expectValidOpenApi(document: unknown): Promise<void> {
  const { openapi, paths = {} } = document as { openapi: string; paths?: Record<string, Record<string, Operation>> };
  expect(openapi).toMatch(/^3\.1\./);
  const { errors } = await new Validator().validate(document as Record<string, unknown>);
  expect(errors ?? [], 'violations of the OpenAPI 3.1 schema').toEqual([]);

  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ name: `${method} ${path}`, ...(item[method] as Operation) })),
  );
  const incomplete = operations.filter(({ operationId, summary, tags, responses }) => {
    const answers = Object.keys(responses ?? {}).some((status) => /^[123]/.test(status));
    return !operationId || !summary || !tags?.length || !answers;
  });
  expect(
    incomplete.map(({ name }) => name),
    'operations without operationId, summary, tags or a response below 400',
  ).toEqual([]);
  const ids = operations.map(({ operationId }) => operationId);
  expect(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    'operationIds used twice',
  ).toEqual([]);
}
