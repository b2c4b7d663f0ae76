import { createHash } from 'node:crypto';
import type { Target } from '../proxy/target.ts';
import type { OpenApi } from './document.ts';
import { merge } from './merge.ts';
import { render } from './render.ts';

/** Milliseconds after which the services are asked again; a new version of one shows after that. */
const FRESH = { complete: 30_000, incomplete: 2000 };
const FETCH_MS = 2000;

/** The merged document and its page, each made when it is first wanted. */
export class Reference {
  readonly #document: OpenApi;
  readonly json: string;
  /** changes with the document */
  readonly etag: string;
  #html: string | undefined;

  constructor(document: OpenApi) {
    this.#document = document;
    this.json = JSON.stringify(document);
    this.etag = `"${createHash('sha256').update(this.json).digest('base64url').slice(0, 22)}"`;
  }

  get html(): string {
    this.#html ??= render(this.#document);
    return this.#html;
  }

  get complete(): boolean {
    return this.#document['x-missing'] === undefined;
  }
}

/** The API reference, put together from what the services say of themselves. */
export class ReferenceSource {
  readonly #targets: Target[];
  readonly #own: () => OpenApi;
  readonly #version: string;
  /** What each service said when last seen, in the order of the targets; a service that is away is described so. */
  #texts: Array<string | undefined> = [];
  #reference: Reference | undefined;
  #asked: { until: number; reference: Promise<Reference> } | undefined;

  constructor(targets: Target[], own: () => OpenApi, version: string) {
    this.#targets = targets;
    this.#own = own;
    this.#version = version;
  }

  get(): Promise<Reference> {
    const now = performance.now();
    if (!this.#asked || this.#asked.until < now) this.#asked = { until: now + FRESH.complete, reference: this.#ask() };
    return this.#asked.reference;
  }

  async #ask(): Promise<Reference> {
    const fetched = await Promise.all(this.#targets.map(fetchText));
    const texts = fetched.map((text, i) => text ?? this.#texts[i]);
    // Merging takes long enough to be felt by other requests, so it is done only for something new.
    if (!this.#reference || texts.some((text, i) => text !== this.#texts[i])) this.#reference = this.#merge(texts);
    this.#texts = texts;
    if (!this.#reference.complete) this.#asked!.until = performance.now() + FRESH.incomplete;
    return this.#reference;
  }

  #merge(texts: Array<string | undefined>): Reference {
    const parts = this.#targets.map(({ name }, i) => [name, texts[i] && JSON.parse(texts[i])]);
    return new Reference(merge({ gateway: this.#own(), ...Object.fromEntries(parts) }, this.#version));
  }
}

/** A service's own document, or undefined when it gives none. */
async function fetchText({ pool }: Target): Promise<string | undefined> {
  try {
    const { statusCode, body } = await pool.request({ method: 'GET', path: '/openapi.json', signal: AbortSignal.timeout(FETCH_MS) });
    const text = await body.text();
    return statusCode === 200 && JSON.parse(text)?.paths ? text : undefined;
  } catch {
    return undefined;
  }
}
