import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { problems } from '@taskflow/http/problem';

interface Parameters {
  /** KiB */
  memory: number;
  passes: number;
  parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. Raise them here; sign-in then rehashes. */
const PARAMETERS: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** Each running hash holds a thread and PARAMETERS.memory; more at a time than cores would only take longer. */
const MOST_RUNNING = Math.max(1, Math.min(3, availableParallelism()));
/** About a second of work; who would wait longer is told to come back. */
const MOST_WAITING = 20 * MOST_RUNNING;
const PHC = /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{1,128})\$([A-Za-z0-9+/]{1,128})$/;

/** Of a password that nobody can have. */
const NOBODY = format(randomBytes(SALT_BYTES), randomBytes(TAG_BYTES));

const derive = promisify(argon2);
let running = 0;
const waiting: Array<() => void> = [];

/**
 * A PHC string of the password, by Argon2id in libuv's thread pool.
 * @throws Problem 503 when too many hashes are waiting
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await limited(() => argon2id(password, salt, PARAMETERS, TAG_BYTES));
  return format(salt, tag);
}

/**
 * Whether the password is that of the PHC string. Without one, because there is no such account, the same work is done
 * and the answer is no, so that time does not tell.
 * @throws Problem 503 when too many hashes are waiting
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const { parameters, salt, tag } = parse(phc ?? NOBODY);
  const candidate = await limited(() => argon2id(password, salt, parameters, tag.length));
  return timingSafeEqual(candidate, tag) && phc !== undefined;
}

/** Whether the PHC string was made with other parameters than today's. */
export function needsRehash(phc: string): boolean {
  const { parameters } = parse(phc);
  return (Object.keys(PARAMETERS) as Array<keyof Parameters>).some((name) => parameters[name] !== PARAMETERS[name]);
}

function argon2id(password: string, nonce: Buffer, { memory, passes, parallelism }: Parameters, tagLength: number): Promise<Buffer> {
  // NFKC, so that a password typed on another keyboard is the same (NIST SP 800-63B, 3.1.1.2).
  return derive('argon2id', { message: password.normalize('NFKC'), nonce, memory, passes, parallelism, tagLength });
}

function format(salt: Buffer, tag: Buffer): string {
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

function parse(phc: string) {
  const match = PHC.exec(phc);
  if (!match) throw new Error('not an Argon2id PHC string');
  const [, memory, passes, parallelism, salt, tag] = match;
  return {
    parameters: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt!, 'base64'),
    tag: Buffer.from(tag!, 'base64'),
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_RUNNING) {
    if (waiting.length >= MOST_WAITING) {
      throw problems.unavailable({ detail: 'Too many people are signing in at this moment', headers: { 'retry-after': '2' } });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next)
      next(); // the place passes on, so `running` stays
    else running--;
  }
}
