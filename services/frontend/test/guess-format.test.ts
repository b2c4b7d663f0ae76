import { expect, it } from 'vitest';
import { guessFormat } from '../src/import/guess-format.ts';

it.each([
  ['board.json', '{"id":"1","idOrganization":"2","lists":[],"cards":[]}', 'trello'],
  ['project.json', '{"format":"taskflow","version":1}', 'taskflow'],
  ['data.json', '[{"title":"Inbox","tasks":[]}]', 'vikunja'],
  ['tasks.csv', 'TYPE,CONTENT,DESCRIPTION,PRIORITY\ntask,Buy milk,,1', 'todoist'],
  ['tasks.csv', 'Title,Due\nBuy milk,2026-01-01', 'csv'],
  ['broken.json', '{"cards":', 'taskflow'],
])('%s with %s is taken as %s', (name, content, format) => {
  expect(guessFormat(name, content)).toBe(format);
});
