import type { Board } from '@taskflow/contracts/tasks';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, Pages } from '../browser/browser.ts';
import { createProject, newPerson, product } from './product.ts';

// The web app as the front end's image serves it, through the node's port: nginx's files, its policy, its way to the gateway.

let browser: Browser;
let pages: Pages;

beforeAll(async () => {
  browser = await launch();
  pages = new Pages(browser, product.url);
});

afterAll(async () => {
  await pages?.close();
  await browser?.close();
});

it('a person signs in through the node’s port and moves a card, which the other browser sees', async () => {
  const person = await newPerson();
  const project = await createProject(person);
  const [first, second] = project.columns;
  await person.must('POST', `/tasks/projects/${project.id}/tasks`, { title: 'On the cluster', columnId: first!.id });
  const { page, faults } = await pages.stranger(`/projects/${project.id}`);
  await page.getByLabel('E-mail address').fill(person.credentials.email);
  await page.getByLabel('Password', { exact: true }).fill(person.credentials.password);
  await page.keyboard.press('Enter');
  const card = page.locator('[data-card]', { hasText: 'On the cluster' });
  await card.waitFor();
  const { page: other } = await pages.visit(person, `/projects/${project.id}`);
  await other.locator('[data-card]', { hasText: 'On the cluster' }).waitFor();
  await card.getByRole('link').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await other.getByRole('region', { name: second!.name }).getByText('On the cluster').waitFor();
  const board = await person.must<Board>('GET', `/tasks/projects/${project.id}/board`);
  expect(board.columns.map(({ cards }) => cards.length)).toEqual([0, 1, 0]);
  expect(faults.filter((fault) => !/401/.test(fault))).toEqual([]); // not signed in at first
});

it('what the web app asks for is there: its files are cached for ever, its page and its service worker never', async () => {
  const answer = await fetch(product.url);
  expect(answer.headers.get('cache-control')).toBe('no-cache');
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(await answer.text())!;
  expect((await fetch(product.url + script)).headers.get('cache-control')).toContain('immutable');
  const worker = await fetch(`${product.url}/sw.js`);
  expect([worker.headers.get('content-type'), worker.headers.get('cache-control')]).toEqual(['text/javascript; charset=utf-8', 'no-cache']);
  const manifest = await fetch(`${product.url}/manifest.webmanifest`);
  expect(manifest.headers.get('content-type')).toMatch(/^application\/manifest\+json/);
});
