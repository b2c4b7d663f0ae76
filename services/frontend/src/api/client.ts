import type { ProblemDocument } from '@taskflow/contracts/problem';
import { ApiProblem, NoAnswer } from './problem.ts';

type Query = Record<string, string | number | boolean | undefined>;

interface RequestOptions {
  query?: Query | undefined;
  signal?: AbortSignal | undefined;
  /** of the representation that is to be changed: refused with 412 when there is a newer one */
  version?: number | undefined;
  /** so that a repeated POST is carried out once; made when not given */
  idempotencyKey?: string | undefined;
}

/** Milliseconds without an answer after which there is none. */
const TIMEOUT_MS = 20_000;

let whenSignedOut: () => void = () => {};

/** Called whenever the API no longer knows who we are. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

export const get = <T>(path: string, options: RequestOptions = {}): Promise<T> => send<T>('GET', path, undefined, options);
export const post = <T>(path: string, body?: unknown, options: RequestOptions = {}): Promise<T> => send<T>('POST', path, body, options);
export const put = <T>(path: string, body?: unknown, options: RequestOptions = {}): Promise<T> => send<T>('PUT', path, body, options);
export const patch = <T>(path: string, body: unknown, options: RequestOptions = {}): Promise<T> => send<T>('PATCH', path, body, options);
export const remove = <T = void>(path: string, options: RequestOptions = {}): Promise<T> => send<T>('DELETE', path, undefined, options);

/** All pages of a list that is short by nature. */
export async function getAll<T>(path: string, { query, signal }: RequestOptions = {}): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await get<{ items: T[]; nextCursor: string | null }>(path, { query: { ...query, limit: 200, cursor }, signal });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return items;
}

/** @throws ApiProblem, NoAnswer */
async function send<T>(method: string, path: string, body: unknown, options: RequestOptions): Promise<T> {
  const isFile = body instanceof Blob;
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  if (body !== undefined && !isFile) headers.set('content-type', 'application/json');
  if (isFile) headers.set('content-type', body.type || 'application/octet-stream');
  if (method === 'POST' && !isFile) headers.set('idempotency-key', options.idempotencyKey ?? crypto.randomUUID());
  if (options.version !== undefined) headers.set('if-match', `"${options.version}"`);
  const time = AbortSignal.timeout(isFile ? 10 * TIMEOUT_MS : TIMEOUT_MS);

  let response: Response;
  try {
    response = await fetch(`/api${path}${queryString(options.query)}`, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined ? null : isFile ? body : JSON.stringify(body),
      signal: options.signal ? AbortSignal.any([options.signal, time]) : time,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new NoAnswer('no answer', { cause: error });
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  const problem = await readProblem(response);
  if (problem.status === 401 && problem.code !== 'wrong_credentials') whenSignedOut();
  throw problem;
}

async function readProblem(response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get('retry-after')) * 1000 || undefined;
  const isProblem = response.headers.get('content-type')?.includes('application/problem+json');
  const document = isProblem ? ((await response.json().catch(() => undefined)) as ProblemDocument | undefined) : undefined;
  return new ApiProblem(
    document ?? { type: 'about:blank', title: response.statusText || 'Error', status: response.status, code: 'unknown' },
    retryAfter,
  );
}

function queryString(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text && `?${text}`;
}
