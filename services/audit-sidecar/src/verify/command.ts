import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Environment } from '@taskflow/http/settings';
import { connect } from '@taskflow/postgres/database';
import { parseVerifier, type Verifier } from '../note.ts';
import { readVerifiers } from '../signing.ts';
import { withDatabase } from './database-source.ts';
import { httpSource } from './http-source.ts';
import { type Remembered, type Verdict, verifyLog } from './verify-log.ts';

const USAGE = `usage: audit verify [options]
  --database-url-file FILE  database of the log (default: the mounted secret audit-database-url)
  --url URL                 verify over HTTP instead: the tiles of an audit sidecar
  --api-key-file FILE       its key (default: the mounted secret audit-api-key)
  --key KEY                 verifier key, name+id+base64, as GET /keys gives it; again for each key that ever signed
                            (default: those of the mounted secret audit-signing-key, retired ones included)
  --origin NAME             name of the log (default: AUDIT_ORIGIN, or taskflow/audit)
  --seen SIZE,ROOT          a state of the log as an earlier run gave it, which this one must contain
  --state FILE              remembers the verified checkpoint; the next run with it notices a log that was rolled back
exit code: 0 intact, 1 not intact, 2 could not be verified`;

export interface Output {
  line(text: string): void;
  error(text: string): void;
}

/**
 * The command `audit verify`.
 * @returns the exit code: 0 when the log is intact, 1 when it is not, 2 when that could not be found out
 */
export async function verify(args: string[], environment: Environment, output: Output): Promise<number> {
  if (args.includes('--help')) {
    output.line(USAGE);
    return 0;
  }
  let options: Options;
  try {
    options = readOptions(args, environment);
  } catch (error) {
    output.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  try {
    const verdict = await run(options);
    return report(verdict, options, output);
  } catch (error) {
    output.error(`the log could not be verified: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`);
    return 2;
  }
}

interface Options {
  origin: string;
  verifiers: Verifier[];
  database: string | undefined;
  http: { url: string; apiKey: string } | undefined;
  state: string | undefined;
  remembered: Remembered | undefined;
}

function readOptions(args: string[], environment: Environment): Options {
  const string = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      'database-url-file': string,
      url: string,
      'api-key-file': string,
      key: { ...string, multiple: true },
      origin: string,
      seen: string,
      state: string,
    },
  });
  const read = (file: string | undefined, secret: string) => {
    return readFileSync(file ?? join(environment.SECRETS_DIR ?? '/etc/secrets', secret), 'utf8').trim();
  };
  const { url, seen, state } = values;
  if (url !== undefined && !/^https?:/.test(url)) throw new TypeError(`--url is ${url}: expected http:// or https://`);
  if (seen !== undefined && state !== undefined) throw new TypeError('--seen and --state are both given: expected one of them');
  const origin = values.origin ?? environment.AUDIT_ORIGIN ?? 'taskflow/audit';
  const ownKeys = () => readVerifiers({ file: 'audit-signing-key', value: read(undefined, 'audit-signing-key') }, origin);
  return {
    origin,
    verifiers: values.key?.map(parseVerifier) ?? ownKeys(),
    database: url === undefined ? read(values['database-url-file'], 'audit-database-url') : undefined,
    http: url === undefined ? undefined : { url, apiKey: read(values['api-key-file'], 'audit-api-key').split(/\s+/)[0]! },
    state,
    remembered: seen === undefined ? readState(state, origin) : parseSeen(seen),
  };
}

async function run({ http, database, ...trust }: Options): Promise<Verdict> {
  if (http) return verifyLog(httpSource(http.url, http.apiKey), trust);
  const sql = connect({ url: database!, service: 'audit-verify', connections: 1, statementTimeout: 60_000 });
  try {
    return await withDatabase(sql, (source) => verifyLog(source, trust));
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function report({ findings, wrong, size, root, checkpoints }: Verdict, { state, origin }: Options, output: Output): number {
  if (wrong === 0) {
    if (state !== undefined) writeState(state, { origin, size, root: root.toString('base64') });
    output.line(`intact: ${size} records, ${checkpoints} checkpoints, root ${root.toString('base64')}`);
    return 0;
  }
  for (const finding of findings) output.error(finding);
  if (wrong > findings.length) output.error(`and ${wrong - findings.length} more`);
  output.error(`the log is not intact: ${wrong} ${wrong === 1 ? 'finding' : 'findings'}`);
  return 1;
}

function parseSeen(text: string): Remembered {
  const [, size, root] = /^(\d{1,15}),([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (!size || !root) throw new TypeError(`--seen is ${text}: expected SIZE,ROOT`);
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

/** @returns undefined when there is no file, or not yet */
function readState(file: string | undefined, origin: string): Remembered | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const state = JSON.parse(text) as { origin: string; size: number; root: string };
  if (state.origin !== origin) throw new TypeError(`${file} is of the log ${state.origin}, not of ${origin}`);
  return { size: state.size, root: Buffer.from(state.root, 'base64') };
}

function writeState(file: string, state: object): void {
  // By way of another file, so that a crash leaves the old state or the new one.
  writeFileSync(`${file}.new`, `${JSON.stringify(state)}\n`);
  renameSync(`${file}.new`, file);
}
