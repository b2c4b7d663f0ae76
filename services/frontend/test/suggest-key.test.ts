import { expect, test } from 'vitest';
import { suggestKey } from '../src/project/suggest-key.ts';

test.each([
  ['Website', 'WEB'],
  ['Mobile app launch', 'MAL'],
  ['Über uns', 'UU'],
  ['2027 plan', 'PLA'],
  ['42', ''],
  ['', ''],
])('“%s” suggests “%s”', (name, key) => {
  expect(suggestKey(name)).toBe(key);
});
