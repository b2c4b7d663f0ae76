import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testProcess } from '@taskflow/testing/process';
import { testDatabase, testSecrets } from '@taskflow/testing/service';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { formatVerifier } from '../src/note.ts';
import { verify } from '../src/verify/command.ts';
import { newKey, records, secretsOf, sidecar, signerOf } from './fixtures.ts';

const MAIN = new URL('../src/main.ts', import.meta.url);

const key = newKey();
const databaseUrl = await testDatabase('audit-sidecar');
const SECRETS_DIR = testSecrets(secretsOf(databaseUrl, key));
const { server, append } = await sidecar(databaseUrl, key);
await append(records(5));
const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
afterAll(() => sql.end());
const state = join(SECRETS_DIR, 'state.json');

async function run(...args: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await verify(args, { SECRETS_DIR }, { line: (text) => out.push(text), error: (text) => err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('audit verify', () => {
  it('0 for an intact log, with what the pod has mounted', async () => {
    expect(await run()).toEqual({
      code: 0,
      out: expect.stringMatching(/^intact: 5 records, 2 checkpoints, root [A-Za-z0-9+/]{43}=$/),
      err: '',
    });
  });

  it('0 over HTTP with a verifier key', async () => {
    const result = await run('--url', server.url, '--key', formatVerifier(signerOf(key)));
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining('intact: 5 records, 1 checkpoints') });
  });

  it('as a real process too', async () => {
    const running = testProcess(MAIN, ['verify', '--state', state], { SECRETS_DIR });
    expect(await running.end).toBe(0);
    expect(running.out()).toMatch(/^intact: 5 records/);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ origin: 'taskflow/audit', size: 5 });
    const unknown = testProcess(MAIN, ['check']);
    expect(await unknown.end).toBe(2);
    expect(unknown.err()).toContain('unknown command check');
  });

  it('goes on from the remembered state', async () => {
    await append(records(2));
    expect((await run('--state', state)).code).toBe(0);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ size: 7 });
  });

  it('1 when the log is not the remembered one, and keeps that state', async () => {
    writeFileSync(state, JSON.stringify({ origin: 'taskflow/audit', size: 8, root: Buffer.alloc(32).toString('base64') }));
    expect(await run('--state', state)).toMatchObject({
      code: 1,
      err: 'the log was rolled back: it had 8 records when it was last verified, and has 7\nthe log is not intact: 1 finding',
    });
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ size: 8 });
  });

  it('takes a state by hand: 0 when the log contains it, 1 when not, 2 when it is none', async () => {
    const [, root] = /root (\S+)/.exec((await run()).out) as unknown as [string, string];
    expect((await run('--seen', `7,${root}`)).code).toBe(0);
    expect(await run('--seen', `8,${root}`)).toMatchObject({ code: 1, err: expect.stringContaining('it had 8 records') });
    expect(await run('--seen', `6,${root}`)).toMatchObject({ code: 1, err: expect.stringContaining('the remembered checkpoint') });
    expect(await run('--seen', root)).toMatchObject({ code: 2, err: expect.stringContaining('expected SIZE,ROOT') });
    expect(await run('--seen', `7,${root}`, '--state', state)).toMatchObject({ code: 2, err: expect.stringContaining('both given') });
  });

  it('1 when a record was changed', async () => {
    const fresh = join(SECRETS_DIR, 'fresh.json');
    await sql.unsafe('alter table records disable trigger user');
    await sql`update records set outcome = 'failure' where leaf_index = 3`;
    expect(await run('--state', fresh)).toEqual({
      code: 1,
      out: '',
      err: 'record 3: outcome differ from the entry\nthe log is not intact: 1 finding',
    });
    expect(existsSync(fresh)).toBe(false);
    await sql`update records set outcome = 'success' where leaf_index = 3`;
    expect((await run()).code).toBe(0);
  });

  it('0 for --help', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('usage: audit verify') });
  });

  it('1 with another key', async () => {
    expect((await run('--key', formatVerifier(signerOf(newKey())))).code).toBe(1);
  });

  it.each([
    [['--unknown'], "Unknown option '--unknown'"],
    [['extra'], 'Unexpected argument'],
    [['--key', 'nonsense'], 'nonsense is no Ed25519 verifier key'],
    [['--url', 'ftp://x'], '--url is ftp://x'],
    [['--database-url-file', '/does/not/exist'], 'ENOENT'],
    [['--origin', 'other/log', '--state', state], 'is of the log taskflow/audit, not of other/log'],
  ])('2 for the arguments %j', async (args, reason) => {
    const result = await run(...args);
    expect(result.code).toBe(2);
    expect(result.err).toContain(reason);
    expect(result.err).toContain('usage: audit verify');
  });

  it('2 when the log cannot be read', async () => {
    const away = await run('--url', 'http://127.0.0.1:1');
    expect(away).toMatchObject({ code: 2, err: expect.stringContaining('the log could not be verified') });
    writeFileSync(join(SECRETS_DIR, 'wrong-key'), 'wrong');
    const refused = await run('--url', server.url, '--api-key-file', join(SECRETS_DIR, 'wrong-key'));
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('answered 401') });
  });
});
