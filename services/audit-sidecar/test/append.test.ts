import { testDatabase, testService } from '@taskflow/testing/service';
import { expect, it } from 'vitest';
import { start } from '../src/main.ts';
import { API_KEY, record, signingKey } from './fixtures.ts';

const server = await testService(start, {
  secrets: { 'audit-database-url': await testDatabase('audit-sidecar'), 'audit-api-key': API_KEY, 'audit-signing-key': signingKey() },
});

const append = (records: unknown[]) =>
  fetch(`${server.url}/records`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ records }),
  });

it('appends', async () => {
  const first = await append([record(), record()]);
  expect(await first.json()).toEqual({ treeSize: 2, indexes: [0, 1] });
});
