import type { Board, Project, Task } from '@taskflow/contracts/tasks';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Person } from '../src/person.ts';
import { trelloBoard } from '../src/trello-board.ts';
import { World } from '../src/world.ts';
import { launch, Pages, violations } from './browser.ts';

let world: World;
let browser: Browser;
let pages: Pages;
let ana: Person;
let project: Project;
let workspaceId: string;

beforeAll(async () => {
  browser = await launch();
  world = await World.start({ portOffset: 13_000, frontend: true });
  pages = new Pages(browser, world.system.url);
  ana = await world.person('Ana');
  workspaceId = (await ana.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]!.id;
  project = await ana.must<Project>('POST', '/tasks/projects', { key: 'VIEW', name: 'Views', workspaceId });
  await ana.must('POST', '/tasks/labels', { name: 'needs design', color: '#7a4fd0', projectId: project.id });
  await add('Urgent thing', 0, { priority: 'urgent' });
  await add('Low thing', 0, { priority: 'low', startDate: day(1), dueDate: day(4) });
  await add('Plain thing', 1, { dueDate: day(2) });
});

afterAll(async () => {
  await browser?.close();
  await world?.stop();
});

afterEach(() => pages.close());

const day = (distance: number) => {
  const date = new Date();
  date.setDate(date.getDate() + distance);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
};
const add = (title: string, column: number, more: object = {}) =>
  ana.must<Task>('POST', `/tasks/projects/${project.id}/tasks`, { title, columnId: project.columns[column]!.id, ...more });
const card = (page: Page, title: string): Locator => page.locator('[data-card]', { hasText: title });
const find = async (title: string) => {
  const board = await ana.must<Board>('GET', `/tasks/projects/${project.id}/board`);
  for (const { name, cards } of board.columns) for (const found of cards) if (found.title === title) return { ...found, column: name };
  throw new Error(`there is no task ${title}`);
};

it('in lanes a card goes to another priority by keyboard, and to another column and priority by mouse; undo takes back both', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW?lanes=priority');
  const lane = (name: string) => page.getByRole('region', { name, exact: true });
  await lane('Urgent').getByText('Urgent thing').waitFor();
  await card(page, 'Urgent thing').getByRole('link').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.locator('#announcer', { hasText: 'Low, To do, place 1 of 2' }).waitFor({ state: 'attached' });
  await page.keyboard.press('Space');
  await expect.poll(() => find('Urgent thing')).toMatchObject({ priority: 'low', column: 'To do' });
  const target = lane('No priority').getByRole('list', { name: 'No priority, In progress' });
  await card(page, 'Urgent thing').hover();
  await page.mouse.down();
  const box = (await target.boundingBox())!;
  await page.mouse.move(box.x + 80, box.y + box.height / 2, { steps: 10 });
  await page.locator('.lane-cell[data-over]').waitFor();
  await page.mouse.up();
  await expect.poll(() => find('Urgent thing')).toMatchObject({ column: 'In progress' });
  await expect.poll(async () => (await find('Urgent thing')).priority).toBeUndefined();
  await page.keyboard.press('Control+z');
  await expect.poll(() => find('Urgent thing')).toMatchObject({ priority: 'low', column: 'To do' });
  expect(faults).toEqual([]);
});

it('a bar of the timeline moves by mouse and keys, is drawn out at its end, and opens the task by Enter', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW/timeline?scale=weeks');
  const bar = page.getByRole('button', { name: /^VIEW-2:/ });
  const box = (await bar.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 56, box.y + 8, { steps: 5 }); // 28 pixels are a day
  await page.mouse.up();
  await expect.poll(() => find('Low thing')).toMatchObject({ startDate: day(3), dueDate: day(6) });
  const now = (await bar.boundingBox())!;
  await page.mouse.move(now.x + now.width - 3, now.y + 8);
  await page.mouse.down();
  await page.mouse.move(now.x + now.width - 3 + 28, now.y + 8, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => find('Low thing')).toMatchObject({ startDate: day(3), dueDate: day(7) });
  await bar.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => find('Low thing')).toMatchObject({ startDate: day(2), dueDate: day(6) });
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(() => find('Low thing')).toMatchObject({ startDate: day(2), dueDate: day(5) });
  await page.keyboard.press('Enter');
  await page.locator('.panel .task-title', { hasText: 'Low thing' }).waitFor();
  expect(faults).toEqual([]);
});

it('a finger moves a bar of the timeline, and moves a card by its menu', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW/timeline?scale=weeks', { hasTouch: true, isMobile: true });
  const bar = page.getByRole('button', { name: /^VIEW-3:/ });
  const box = (await bar.boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x?: number) =>
    session.send('Input.dispatchTouchEvent', { type, touchPoints: x === undefined ? [] : [{ x, y: box.y + 10 }] });
  const middle = box.x + box.width / 2;
  await touch('touchStart', middle);
  for (const distance of [10, 28, 56, 84]) await touch('touchMove', middle + distance);
  await touch('touchEnd');
  await expect.poll(() => find('Plain thing')).toMatchObject({ dueDate: day(5) });
  await page.goto('/projects/VIEW');
  await card(page, 'Plain thing')
    .getByRole('button', { name: /VIEW-3/ })
    .tap();
  await page.getByRole('menuitem', { name: 'Move to' }).tap();
  await page.getByRole('option', { name: 'Done' }).tap();
  await expect.poll(() => find('Plain thing')).toMatchObject({ column: 'Done' });
  expect(faults).toEqual([]);
});

it('quick add proposes people, labels and priorities', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW');
  await page.getByRole('region', { name: 'To do' }).getByRole('button', { name: 'Add a task', exact: true }).click();
  const field = page.getByLabel('Title of the new task');
  await field.pressSequentially('Proposed @an');
  await page.getByRole('option', { name: /Ana/ }).waitFor();
  await page.keyboard.press('Enter');
  await field.pressSequentially('#des');
  await page.getByRole('option', { name: 'needs design' }).waitFor();
  await page.keyboard.press('Tab');
  await field.pressSequentially('!ur');
  await page.getByRole('option', { name: 'Urgent' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  expect(await field.inputValue()).toBe(`Proposed @${ana.handle} #"needs design" !urgent `);
  await page.keyboard.press('Enter');
  await expect.poll(() => find('Proposed').catch(() => undefined)).toMatchObject({ priority: 'urgent', assigneeIds: [ana.id] });
  expect((await find('Proposed')).labelIds).toHaveLength(1);
  expect(faults).toEqual([]);
});

it('a project begins with a template, with its columns, limits and labels', async () => {
  const { page, faults } = await pages.visit(ana, '/');
  await page.getByRole('button', { name: 'New project' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Program');
  await dialog.getByLabel('Begin with').selectOption('Software development');
  await dialog.getByText('Backlog → Ready → In progress → Review → Done').waitFor();
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await page.getByRole('heading', { name: 'Program' }).waitFor();
  await page.getByRole('region', { name: 'Backlog' }).waitFor();
  await page.getByRole('region', { name: 'Review' }).getByText('0 of 3').waitFor();
  expect(faults).toEqual([]);
});

it('a task and a project are muted, and not any more', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW/board/VIEW-2');
  const muted = async () =>
    (await ana.must<{ items: Array<{ kind: string; id: string }> }>('GET', '/notifications/mutes')).items.map(({ kind }) => kind).sort();
  const more = page.locator('.panel').getByRole('button', { name: 'More', exact: true });
  await more.click();
  await page.getByRole('menuitem', { name: /^Mute/ }).click();
  await expect.poll(muted).toEqual(['task']);
  await more.click();
  await page.getByRole('menuitem', { name: 'Unmute' }).click();
  await expect.poll(muted).toEqual([]);
  await page.goto('/projects/VIEW/settings');
  await page.getByLabel(/^Mute this project/).click();
  await expect.poll(muted).toEqual(['project']);
  await page.getByLabel(/^Mute this project/).click();
  await expect.poll(muted).toEqual([]);
  expect(faults).toEqual([]);
});

/** After the OWASP XSS filter evasion cheat sheet and the issues of Markdown renderers. */
const HOSTILE = [
  '<script>hacked()</script>',
  '<scr<script>ipt>hacked()</scr</script>ipt>',
  '<img src=x onerror=hacked()>',
  '<img src="javascript:hacked()">',
  '<img src=`javascript:hacked()`>',
  '<svg/onload=hacked()>',
  '<svg><script>hacked()</script></svg>',
  '<svg><animate onbegin=hacked() attributeName=x dur=1s>',
  '<math><mtext></p><style><img src=x onerror=hacked()>',
  '<iframe src="javascript:hacked()"></iframe>',
  '<iframe srcdoc="<script>parent.hacked()</script>"></iframe>',
  '<object data="data:text/html,<script>hacked()</script>"></object>',
  '<embed src="javascript:hacked()">',
  '<body onload=hacked()>',
  '<details open ontoggle=hacked()>',
  '<video><source onerror=hacked()></video>',
  '<input autofocus onfocus=hacked()>',
  '<marquee onstart=hacked()>',
  '<a href="javascript:hacked()">a</a>',
  '<base href="javascript:hacked()//">',
  '<meta http-equiv="refresh" content="0;url=javascript:hacked()">',
  '<form action="javascript:hacked()"><button>b</button></form>',
  '<style>@import "https://example.org/x.css";</style>',
  '<div style="background:url(javascript:hacked())">c</div>',
  '<template><img src=x onerror=hacked()></template>',
  '<noscript><p title="</noscript><img src=x onerror=hacked()>">',
  '[a](javascript:hacked())',
  '[a](JaVaScRiPt:hacked())',
  '[a](javascript&colon;hacked())',
  '[a](&#106;avascript:hacked())',
  '[a](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74:hacked())',
  '[a](java\nscript:hacked())',
  '[a](\u0001javascript:hacked())',
  '[a](vbscript:hacked())',
  '[a](data:text/html;base64,PHNjcmlwdD5oYWNrZWQoKTwvc2NyaXB0Pg==)',
  '[a](//example.org/\u202Egro.live)',
  '[a][b]\n\n[b]: javascript:hacked()',
  '<javascript:hacked()>',
  '![a](javascript:hacked())',
  '![a](x" onerror="hacked())',
  '![a](data:image/svg+xml,<svg onload=hacked()>)',
  '[a](https://example.org "x" onmouseover="hacked()")',
  '`<img src=x onerror=hacked()>`',
  '```html\n<img src=x onerror=hacked()>\n```',
  '```"onmouseover="hacked()\nx\n```',
  '| a |\n|---|\n| <img src=x onerror=hacked()> |',
  '- [x] <img src=x onerror=hacked()>',
  '# <img src=x onerror=hacked()>',
  '@<img src=x onerror=hacked()>',
  '__proto__ [constructor](javascript:hacked())',
];

it('no hostile Markdown runs, loads or leads anywhere, in a description or a comment', async () => {
  const task = await add('Hostile', 0, { description: HOSTILE.join('\n\n') });
  for (const body of HOSTILE.slice(0, 20)) await ana.must('POST', `/tasks/${task.id}/comments`, { body });
  const { page, faults } = await pages.visit(ana, '/today');
  await page.addInitScript(() => {
    (window as unknown as { hacked: () => void }).hacked = () => document.documentElement.setAttribute('data-hacked', '');
  });
  await page.goto(`/projects/VIEW/board/${task.humanId}`);
  await page.locator('.markdown').first().waitFor();
  await page.locator('.comment').nth(19).waitFor();
  const found = await page.locator('.markdown').evaluateAll((parts) =>
    parts.flatMap((part) =>
      [...part.querySelectorAll('*')].flatMap((element) => {
        const isKnown =
          /^(A|B|BLOCKQUOTE|BR|CODE|DEL|EM|H[1-6]|HR|INPUT|LABEL|LI|OL|P|PRE|SPAN|STRONG|TABLE|TBODY|TD|TH|THEAD|TR|UL|DIV)$/.test(
            element.tagName,
          );
        const bad = [...element.attributes].filter(
          ({ name, value }) => /^on|^style$|^src/.test(name) || (name === 'href' && !/^(https?:|mailto:|\/(?!\/))/.test(value)),
        );
        return isKnown && bad.length === 0 ? [] : [element.outerHTML.slice(0, 120)];
      }),
    ),
  );
  expect(found).toEqual([]);
  for (const link of await page.locator('.markdown a').all()) await link.hover();
  expect(await page.locator('html[data-hacked]').count()).toBe(0);
  expect(faults).toEqual([]);
});

it('from signing in to a moved and discussed task, by keyboard alone', async () => {
  const { page, faults } = await pages.stranger('/');
  const type = (text: string) => page.keyboard.type(text);
  /** Tab until something with this name has the focus, as somebody would who sees it. */
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 80; presses++) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null;
        if (element === document.body || element?.matches('main')) return '';
        return `${element?.ariaLabel ?? ''} ${element?.labels?.[0]?.textContent ?? ''} ${element?.textContent ?? ''}`.trim();
      });
      if (name.test(focused)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the tab key does not come to ${name}`);
  };
  await page.getByLabel('E-mail address').waitFor();
  await tabTo(/^E-mail/);
  await type(ana.credentials.email);
  await tabTo(/^Password/);
  await type(ana.credentials.password);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /Views/ }).first().waitFor();
  await tabTo(/^New project/);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await tabTo(/^Name/);
  await type('By keys');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'By keys' }).waitFor();
  await page.getByRole('region', { name: 'To do' }).waitFor();
  await page.keyboard.press('n');
  await page.getByLabel('Title of the new task').waitFor();
  await type('Only keys');
  await page.keyboard.press('Enter');
  await page.locator('[data-card]:not([data-new])', { hasText: 'Only keys' }).waitFor();
  await page.keyboard.press('Escape');
  await tabTo(/^Only keys/);
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await page.getByRole('region', { name: 'In progress' }).getByText('Only keys').waitFor();
  await page.keyboard.press('p');
  await page.getByRole('option', { name: 'High' }).waitFor();
  await type('hi');
  await page.keyboard.press('Enter');
  await page.getByRole('listbox').waitFor({ state: 'detached' });
  await tabTo(/^Only keys/);
  await page.keyboard.press('Enter');
  await page.locator('.panel .task-title').waitFor();
  await tabTo(/^New comment/);
  await type('Done without a mouse');
  await page.keyboard.press('Control+Enter');
  await page.locator('.comment', { hasText: 'Done without a mouse' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.locator('.panel').waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await page.getByRole('heading', { name: 'Inbox' }).waitFor();
  const made = (await ana.must<{ items: Project[] }>('GET', '/tasks/projects')).items.find(({ name }) => name === 'By keys')!;
  const { columns } = await ana.must<Board>('GET', `/tasks/projects/${made.id}/board`);
  expect(columns[1]!.cards).toMatchObject([{ title: 'Only keys', priority: 'high', comments: 1 }]);
  expect(faults.filter((fault) => !/401/.test(fault))).toEqual([]); // not signed in at first
});

it('the app can be installed, and starts without a network', async () => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW');
  await page.evaluate(() => navigator.serviceWorker.ready);
  const session = await page.context().newCDPSession(page);
  expect((await session.send('Page.getAppManifest')).errors).toEqual([]);
  expect(
    (await session.send('Page.getInstallabilityErrors')).installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'),
  ).toEqual([]);
  await page.context().setOffline(true);
  await page.goto('/projects/VIEW/list');
  await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 20_000 });
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: 'Low thing' }).waitFor();
  expect(faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch/.test(fault))).toEqual([]);
});

it('a Trello board of 4,000 cards is imported, and its board is there', async () => {
  const { page, faults } = await pages.visit(ana, '/import');
  const file = JSON.stringify(trelloBoard(4100));
  await page.locator('input[type=file]').setInputFiles({ name: 'big.json', mimeType: 'application/json', buffer: Buffer.from(file) });
  const go = page.getByRole('button', { name: /^Import [\d,]+ tasks/ });
  await go.waitFor();
  const wanted = Number((await go.textContent())!.replace(/\D/g, '')); // those in Trello's archive stay there
  expect(wanted).toBeGreaterThanOrEqual(4000);
  await go.click();
  await page.locator('[data-card]').first().waitFor({ timeout: 60_000 });
  const counts = await page.locator('.column-count').allTextContents();
  expect(counts.reduce((sum, text) => sum + Number(text.replace(/\D/g, '')), 0)).toBe(wanted);
  expect(await page.locator('[data-card]').count()).toBeLessThan(300);
  expect(faults).toEqual([]);
});

it('nothing moves while a board is loaded, and nothing is animated for those who asked for less motion', async () => {
  const { page } = await pages.visit(ana, '/today', { reducedMotion: 'reduce' });
  await page.goto('/projects/VIEW');
  await card(page, 'Low thing').waitFor();
  const shift = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as Array<PerformanceEntry & { value: number }>) sum += entry.value;
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
      }),
  );
  expect(shift).toBeLessThan(0.02);
  const durations = await page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element);
      return transitionDuration.split(', ').some((time) => Number.parseFloat(time) > 0) || animationName !== 'none'
        ? [element.className]
        : [];
    }),
  );
  expect(durations).toEqual([]);
});

const SCREENS = [
  '/',
  '/today',
  '/inbox',
  '/projects/VIEW',
  '/projects/VIEW?lanes=priority',
  '/projects/VIEW/board/VIEW-2',
  '/projects/VIEW/list',
];
const MORE = [
  '/projects/VIEW/calendar',
  '/projects/VIEW/timeline',
  '/projects/VIEW/insights',
  '/projects/VIEW/settings',
  '/settings',
  '/status',
];

it.each([
  ['from right to left', { width: 1280, height: 800 }, 'rtl'],
  ['from right to left on a phone', { width: 360, height: 740 }, 'rtl'],
  ['at 200 % zoom', { width: 640, height: 400 }, 'ltr'],
  ['at 1920 pixels', { width: 1920, height: 1080 }, 'ltr'],
] as const)('no screen breaks %s', async (_name, viewport, direction) => {
  const { page, faults } = await pages.visit(ana, '/', { viewport });
  const broken: string[] = [];
  for (const path of [...SCREENS, ...MORE]) {
    await page.goto(path);
    await page.locator('main, .panel').first().waitFor();
    await page.evaluate((dir) => {
      document.documentElement.dir = dir;
    }, direction);
    await expect.poll(() => page.locator('.skeleton, [aria-busy="true"]').count()).toBe(0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) broken.push(`${path} is ${wide} px too wide`);
  }
  expect(broken).toEqual([]);
  if (direction === 'rtl' && viewport.width > 800) {
    await page.goto('/today');
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
    const box = await page.locator('.sidebar').boundingBox();
    expect(box!.x).toBeGreaterThan(viewport.width / 2); // mirrored
  }
  expect(faults).toEqual([]);
});

it.each([
  ['de-DE', 'Board', 'Fällig', 'Einstellungen'],
  ['fr-FR', 'Tableau', 'Échéance', 'Réglages'],
])('the app speaks %s when the browser does', async (locale, board, due, settings) => {
  const { page, faults } = await pages.visit(ana, '/projects/VIEW', { locale });
  await page
    .getByRole('link', { name: new RegExp(board) })
    .first()
    .waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
  await page
    .getByRole('button', { name: new RegExp(due) })
    .first()
    .waitFor();
  await page.goto('/settings');
  await page
    .getByRole('heading', { name: new RegExp(settings) })
    .first()
    .waitFor();
  expect(faults).toEqual([]);
});
