import { createHash } from 'node:crypto';
import type { Target } from '../proxy/target.ts';
import type { OpenApi } from './document.ts';
import { merge } from './merge.ts';
import { render } from './render.ts';

/** Milliseconds that a document is served; a new version of a service shows after that. */
const FRESH = { complete: 30_000, incomplete: 2000 };
const FETCH_MS = 2000;

export interface Reference {
  json: string;
  html: string;
  /** changes with the document */
  etag: string;
}

/** The API reference, put together from what the services say of themselves. */
export class ReferenceSource {
  readonly #targets: Target[];
  readonly #own: () => OpenApi;
  readonly #version: string;
  /** A service that is away now is described as it was when last seen. */
  readonly #seen = new Map<string, OpenApi>();
  #made: { until: number; reference: Promise<Reference> } | undefined;

  constructor(targets: Target[], own: () => OpenApi, version: string) {
    this.#targets = targets;
    this.#own = own;
    this.#version = version;
  }

  get(): Promise<Reference> {
    const now = performance.now();
    if (!this.#made || this.#made.until < now) this.#made = { until: now + FRESH.complete, reference: this.#make() };
    return this.#made.reference;
  }

  async #make(): Promise<Reference> {
    const parts = await Promise.all(this.#targets.map(async (target) => [target.name, await this.#fetch(target)] as const));
    const document = merge({ gateway: this.#own(), ...Object.fromEntries(parts) }, this.#version);
    if (document['x-missing']) this.#made!.until = performance.now() + FRESH.incomplete;
    const json = JSON.stringify(document);
    return { json, html: render(document), etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"` };
  }

  async #fetch({ name, pool }: Target): Promise<OpenApi | undefined> {
    try {
      const { statusCode, body } = await pool.request({ method: 'GET', path: '/openapi.json', signal: AbortSignal.timeout(FETCH_MS) });
      const document = (await body.json()) as OpenApi;
      if (statusCode === 200 && typeof document?.paths === 'object') this.#seen.set(name, document);
    } catch {
      // the reference says which part is missing
    }
    return this.#seen.get(name);
  }
}
