import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Project } from '@taskflow/contracts/tasks';
import { launch, Pages } from '@taskflow/e2e/browser';
import type { Person } from '@taskflow/e2e/person';
import { World } from '@taskflow/e2e/world';
import type { CDPSession, Page } from 'playwright-core';
import { percentile, type Row, type Table } from './table.ts';

const CARDS = 4000;
const COLUMNS = 8;
const MOVES = 1000;
const DIST = join(import.meta.dirname, '../../../services/frontend/dist');
const FIRST_CARD = 'taskflow-first-card';

/** The web app with a board of thousands of cards, in real Chromium against the whole product. */
export async function board(): Promise<Table> {
  const world = await World.start({
    portOffset: 14_000,
    frontend: true,
    environment: { RATE_LIMIT_USER: '1000000', RATE_LIMIT_ADDRESS: '1000000' },
  });
  const browser = await launch();
  try {
    const ana = await world.person('Ana');
    const project = await fill(ana);
    const pages = new Pages(browser, world.system.url);
    const { page } = await pages.visit(ana, '/today');
    const rows = [...(await load(page, `/projects/${project.key}`)), ...(await scroll(page)), ...(await drag(page)), ...(await type(page))];
    rows.push(...(await move(page)));
    await pages.close();
    return {
      method: `${CARDS} cards in ${COLUMNS} columns; Chromium ${browser.version()}, 1280 × 800, drawn by the processor alone`,
      rows,
    };
  } finally {
    await browser.close();
    await world.stop();
  }
}

async function fill(ana: Person): Promise<Project> {
  const workspaceId = (await ana.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]!.id;
  const lines = Array.from(
    { length: CARDS },
    (_, index) => `Task ${index} about the thing that has to be done,Column ${index % COLUMNS},label ${index % 5}`,
  );
  const content = `Title,Column,Labels\n${lines.join('\n')}\n`;
  const body = { format: 'csv', content, project: { key: 'BIG', name: 'Big', workspaceId } };
  const { projectId } = await ana.must<{ projectId: string }>('POST', '/tasks/imports', body);
  return ana.must<Project>('GET', `/tasks/projects/${projectId}`);
}

/** From the address to the first card, and to the first moment after it at which a click would be answered at once. */
async function load(page: Page, path: string): Promise<Row[]> {
  await page.addInitScript((mark) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-card]')) return;
      observer.disconnect();
      performance.mark(mark);
    }).observe(document, { subtree: true, childList: true });
  }, FIRST_CARD);
  const times: number[] = [];
  let scripts: string[] = [];
  for (let round = 0; round < 5; round++) {
    await page.goto(path);
    await page.locator('[data-card]').first().waitFor();
    const result = await page.evaluate(
      (mark) =>
        new Promise<{ ready: number; scripts: string[] }>((resolve) => {
          requestIdleCallback(() => {
            const shown = performance.getEntriesByName(mark)[0]!.startTime;
            const loaded = performance
              .getEntriesByType('resource')
              .filter((entry) => (entry as PerformanceResourceTiming).responseEnd <= shown);
            resolve({ ready: performance.now(), scripts: loaded.map(({ name }) => name).filter((name) => name.endsWith('.js')) });
          });
        }),
      FIRST_CARD,
    );
    times.push(result.ready);
    scripts = result.scripts;
  }
  const bytes = scripts.reduce((sum, url) => sum + gzipSync(readFileSync(join(DIST, new URL(url).pathname)), { level: 9 }).length, 0);
  return [
    { what: 'JavaScript before the board shows, gzip', value: bytes / 1000, unit: 'kB', aim: 130 },
    { what: 'address to a board that answers, median of 5', value: percentile(times, 0.5), unit: 'ms', aim: 1000 },
  ];
}

const beginFrames = (page: Page) =>
  page.evaluate(() => {
    const frames: number[] = [];
    (window as unknown as { frames: number[] }).frames = frames;
    let last = performance.now();
    const next = (now: number) => {
      frames.push(now - last);
      last = now;
      if ((window as unknown as { frames?: number[] }).frames === frames) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
const endFrames = (page: Page) =>
  page.evaluate(() => {
    const { frames } = window as unknown as { frames: number[] };
    (window as unknown as { frames?: number[] | undefined }).frames = undefined;
    return frames.slice(1);
  });
const frameRows = (what: string, frames: number[]): Row[] => [
  { what: `${what}: frame, p99 of ${frames.length}`, value: percentile(frames, 0.99), unit: 'ms' },
  { what: `${what}: longest frame`, value: Math.max(...frames), unit: 'ms', aim: 33.4 },
];

async function scroll(page: Page): Promise<Row[]> {
  const box = (await page.locator('.column-cards').nth(1).boundingBox())!;
  await page.mouse.move(box.x + 100, box.y + 200);
  await page.mouse.wheel(0, 200);
  await beginFrames(page);
  for (let step = 0; step < 120; step++) await page.mouse.wheel(0, step < 60 ? 300 : -300);
  return frameRows('scrolling a column of 500', await endFrames(page));
}

async function drag(page: Page): Promise<Row[]> {
  const card = (await page.locator('[data-card]').nth(2).boundingBox())!;
  const [x, y] = [card.x + 120, card.y + 20];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 12, y + 12, { steps: 3 });
  await beginFrames(page);
  for (const [toX, toY] of [
    [300, 0],
    [600, 200],
    [300, 400],
    [0, 100],
  ] as const)
    await page.mouse.move(x + toX, y + toY, { steps: 40 });
  const frames = await endFrames(page);
  await page.mouse.up();
  return frameRows('dragging a card across columns', frames);
}

/** From the key to the moment at which everything that it changes is laid out. */
async function type(page: Page): Promise<Row[]> {
  await page.keyboard.press('n');
  const field = page.getByLabel('Title of the new task');
  await field.waitFor();
  await page.evaluate(() => {
    const delays: number[] = [];
    (window as unknown as { delays: number[] }).delays = delays;
    let begun = 0;
    addEventListener('keydown', () => (begun = performance.now()), true);
    // Last of all listeners: React has drawn by then. What the browser paints after it, it paints with the next frame.
    addEventListener('input', () => {
      document.body.getBoundingClientRect();
      delays.push(performance.now() - begun);
    });
  });
  await field.pressSequentially('A title that somebody types into a board of four thousand cards !high', { delay: 20 });
  const delays = await page.evaluate(() => (window as unknown as { delays: number[] }).delays);
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
  return [
    { what: 'typing: key to laid out, p50', value: percentile(delays, 0.5), unit: 'ms' },
    { what: `typing: key to laid out, p99 of ${delays.length}`, value: percentile(delays, 0.99), unit: 'ms', aim: 16 },
  ];
}

/** Cards moved by keyboard to the next column and back, each of which reaches the server. */
async function move(page: Page): Promise<Row[]> {
  const session = await page.context().newCDPSession(page);
  const delays: number[] = [];
  const round = async (count: number) => {
    for (let moved = 0; moved < count; moved++) {
      await page.keyboard.press('Space');
      await page.keyboard.press(moved % 2 === 0 ? 'ArrowRight' : 'ArrowLeft');
      const begun = performance.now();
      await page.keyboard.press('Space');
      await page.waitForFunction(() => !document.querySelector('[data-grabbed]'), undefined, { polling: 'raf' });
      delays.push(performance.now() - begun);
    }
  };
  await page.locator('[data-card] a').first().focus();
  await round(100);
  const before = await heapBytes(session);
  await round(MOVES);
  const after = await heapBytes(session);
  return [
    { what: 'a move by keyboard shown, p50 (the driver included)', value: percentile(delays, 0.5), unit: 'ms', aim: 50 },
    { what: 'heap after 100 moves', value: before / 1e6, unit: 'MB' },
    { what: `heap ${MOVES} moves later, as a ratio`, value: after / before, unit: '×', aim: 1.2 },
  ];
}

async function heapBytes(session: CDPSession): Promise<number> {
  for (let pass = 0; pass < 2; pass++) await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}
