import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Project, Task } from '@taskflow/contracts/tasks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../src/person.ts';
import { World } from '../src/world.ts';
import { launch, Pages } from './browser.ts';

// The main screens with work in them, as the README shows them: `SCREENSHOTS=docs/images npm run browser -- screenshots` renews those.
const folder = process.env.SCREENSHOTS
  ? resolve(import.meta.dirname, '../../..', process.env.SCREENSHOTS)
  : mkdtempSync(join(tmpdir(), 'taskflow-screens-'));

let world: World;
let browser: Browser;
let pages: Pages;
let ana: Person;

const day = (distance: number) => new Date(Date.now() + distance * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  browser = await launch();
  world = await World.start({ portOffset: 13_000, frontend: true });
  pages = new Pages(browser, world.system.url);
  ana = await world.person('Ana');
  const workspaceId = (await ana.must<{ workspaces: Array<{ id: string }> }>('GET', '/auth/me')).workspaces[0]!.id;
  const { token } = await ana.must<{ token: string }>('POST', `/auth/workspaces/${workspaceId}/invitations`, { role: 'member' });
  const ben = await world.person('Ben');
  await ben.must('POST', '/auth/invitations/accept', { token });
  const project = await ana.must<Project>('POST', '/tasks/projects', { key: 'SHOP', name: 'Online shop', workspaceId });
  const label = async (name: string, color: string) =>
    (await ana.must<{ id: string }>('POST', '/tasks/labels', { name, color, projectId: project.id })).id;
  const [bug, design, api] = [await label('bug', '#bf2630'), await label('design', '#7a4fd0'), await label('api', '#17734b')];
  const add = async (
    title: string,
    column: number,
    labelIds: string[],
    from: number | undefined,
    to: number | undefined,
    more: object = {},
  ) =>
    ana.must<Task>('POST', `/tasks/projects/${project.id}/tasks`, {
      title,
      columnId: project.columns[column]!.id,
      labelIds,
      assigneeIds: title.length % 3 === 0 ? [ana.id, ben.id] : title.length % 3 === 1 ? [ben.id] : [ana.id],
      ...(from === undefined ? {} : { startDate: day(from) }),
      ...(to === undefined ? {} : { dueDate: day(to) }),
      ...more,
    });
  const basket = await add('Checkout loses the basket after sign-in', 0, [bug], -6, -2, {
    priority: 'urgent',
    estimate: 3,
    description:
      'Since the last release the basket is **empty** after signing in.\n\n- [x] Reproduce it\n- [ ] Keep the basket with the session\n- [ ] Tell support',
  });
  await add('Sketch the new product page', 0, [design], 0, 4, { priority: 'medium', estimate: 2 });
  await add('Accept gift cards', 0, [api], 5, 12);
  await add('Write the privacy notice', 0, [], 10, 20, { priority: 'low' });
  await add('Search finds plural forms', 0, [bug, api], undefined, undefined, { estimate: 5 });
  await add('Move pictures to the new storage', 1, [api], -3, 2, { priority: 'high' });
  await add('Payment provider answers twice', 1, [bug, api], -4, 0, { priority: 'high', estimate: 1 });
  await add('Colours for the dark theme', 1, [design], 1, 6, { priority: 'medium' });
  await add('Set up the staging shop', 2, [api], -15, -8);
  await add('Newsletter sign-up', 2, [design], -10, -5, { priority: 'low' });
  for (const title of ['Find the release that broke it', 'Test with a guest basket']) {
    await add(title, title.startsWith('Find') ? 2 : 0, [], undefined, undefined, { parentId: basket.id });
  }
  await ben.signIn();
  await ben.must('POST', `/tasks/${basket.id}/comments`, { body: `@${ana.handle} it is the cookie’s path: I have a fix.` });
  await ana.must('POST', `/tasks/${basket.id}/comments`, { body: 'Great, **thank you!** I will look at it today.' });
});

afterAll(async () => {
  await pages?.close();
  await browser?.close();
  await world?.stop();
});

it.each([
  ['board', '/projects/SHOP', 'light'],
  ['task', '/projects/SHOP/board/SHOP-1', 'light'],
  ['timeline', '/projects/SHOP/timeline', 'dark'],
] as const)('the screen %s', async (name, path, colorScheme) => {
  const { page, faults } = await pages.visit(ana, path, { colorScheme });
  await page.getByText('Payment provider answers twice').first().waitFor();
  await expect.poll(() => page.locator('.skeleton, [aria-busy="true"]').count()).toBe(0);
  if (name === 'task') await page.getByText('I have a fix').waitFor();
  await page.screenshot({ path: join(folder, `${name}.png`) });
  expect(faults).toEqual([]);
});
