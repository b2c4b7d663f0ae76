import type { AppendAnswer, AuditRecord } from '@taskflow/contracts/audit';
import { freePort } from '@taskflow/testing/postgres';
import { testProcess } from '@taskflow/testing/process';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import { until } from '@taskflow/testing/until';
import postgres from 'postgres';
import { afterAll, expect, it } from 'vitest';
import { withDatabase } from '../src/verify/database-source.ts';
import { verifyLog } from '../src/verify/verify-log.ts';
import { callsTo, newKey, ORIGIN, records, secretsOf, signerOf } from './fixtures.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);

it('killed in the middle of appends, again and again, it loses nothing that it acknowledged', { timeout: 120_000 }, async () => {
  const key = newKey();
  const databaseUrl = await testDatabase('audit-sidecar');
  const port = await freePort();
  const environment = {
    PORT: String(port),
    OPERATIONS_PORT: String(await freePort()),
    LOG_LEVEL: 'error',
    SECRETS_DIR: testSecrets(secretsOf(databaseUrl, key)),
  };
  const url = `http://127.0.0.1:${port}`;
  const { post, append } = callsTo(url);
  const acknowledged = new Map<string, { index: number; record: AuditRecord }>();
  const sent: AuditRecord[][] = [];
  let stop = false;

  /** Sends batches one after the other; a batch without answer is sent again, as auth does. */
  async function write(): Promise<void> {
    while (!stop) {
      const batch = records(3);
      sent.push(batch);
      for (let done = false; !done && !stop; ) {
        const answer = await post({ records: batch }).catch(() => undefined);
        if (answer?.status !== 200) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        // The kill may come between the head and the body of an answer.
        const body = (await answer.json().catch(() => undefined)) as AppendAnswer | undefined;
        if (!body) continue;
        for (const [at, record] of batch.entries()) acknowledged.set(record.id, { index: body.indexes[at]!, record });
        done = true;
      }
    }
  }

  const writers = Array.from({ length: 6 }, write);
  for (let round = 0; round < 3; round++) {
    const running = testProcess(MAIN, [], environment);
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 30 * (round + 1), { ms: 60_000, every: 5, what: 'appends' });
    running.child.kill('SIGKILL');
    expect(await running.end).toBe('SIGKILL');
  }
  const last = testProcess(MAIN, [], environment);
  await until(async () => (await fetch(url)).ok, { ms: 60_000 });
  stop = true;
  await Promise.all(writers);

  // Everything that was sent, sent once more, has one place each, the acknowledged ones the same as before.
  const places = (await Promise.all(sent.map(append))).flatMap(({ indexes }) => indexes);
  expect(new Set(places).size).toBe(sent.length * 3);
  for (const [at, record] of sent.flat().entries()) expect(places[at]).toBe(acknowledged.get(record.id)?.index ?? places[at]);

  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  afterAll(() => sql.end());
  const verdict = await withDatabase(sql, (source) => verifyLog(source, { origin: ORIGIN, verifiers: [signerOf(key)] }));
  expect(verdict).toMatchObject({ findings: [], size: sent.length * 3 });
  last.child.kill('SIGTERM');
  expect(await last.end).toBe(0);
});
