import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Person } from '../src/person.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const QUIET = ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** @throws Error when there is none: it says how to name one */
export async function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (!executablePath) throw new Error('no Chromium was found: install it, or say where it is with CHROMIUM=/path/to/chromium');
  // As root, as in most containers, Chromium has no sandbox.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? [...QUIET, '--no-sandbox'] : QUIET });
}

/** What a page must not do: break its policy, log an error, crash, or ask anyone but its own server. */
export interface Watched {
  page: Page;
  faults: string[];
}

/** A browser of its own for a person who is signed in, and what went wrong in it. */
async function openAs(browser: Browser, url: string, person: Person, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: url, ...options });
  const answer = await context.request.post('/api/auth/login', { data: person.credentials, headers: { origin: url } });
  expect(answer.status()).toBe(200);
  return watch(await context.newPage(), url);
}

/** Pages of several people, closed after each test. */
export class Pages {
  readonly #browser: Browser;
  readonly #url: string;
  #open: Watched[] = [];

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  async visit(person: Person, path: string, options: BrowserContextOptions = {}): Promise<Watched> {
    const watched = await openAs(this.#browser, this.#url, person, options);
    this.#open.push(watched);
    await watched.page.goto(path);
    return watched;
  }

  /** Of somebody who is not signed in. */
  async stranger(path: string): Promise<Watched> {
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 800 }, baseURL: this.#url });
    const watched = watch(await context.newPage(), this.#url);
    this.#open.push(watched);
    await watched.page.goto(path);
    return watched;
  }

  async close(): Promise<void> {
    for (const { page } of this.#open.splice(0)) await page.context().close();
  }
}

function watch(page: Page, url: string): Watched {
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`crash: ${error.message}`));
  page.on('request', (request) => !request.url().startsWith(url) && faults.push(`asked ${request.url()}`));
  return { page, faults };
}

/** Everything that axe has against the page as it is now, for WCAG 2.2 AA. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the policy of the page does not bind.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
