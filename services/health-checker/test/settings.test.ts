import { expect, it } from 'vitest';
import { readCheckerSettings } from '../src/settings.ts';

it('reads targets', () => {
  const { targets } = readCheckerSettings({ TARGETS: 'metrics=http://127.0.0.1:5001/, database=tcp://db:5432,' });
  expect(targets.map(({ name, url }) => [name, url.href])).toEqual([
    ['metrics', 'http://127.0.0.1:5001/'],
    ['database', 'tcp://db:5432'],
  ]);
});

it('probes metrics when nothing is set', () => {
  expect(readCheckerSettings({}).targets.map(({ url }) => url.href)).toEqual(['http://127.0.0.1:5001/']);
});

it.each([
  ['http://x/', 'does not begin with a name'],
  ['=http://x/', 'does not begin with a name'],
  ['a b=http://x/', 'does not begin with a name'],
  ['a=', 'has no valid address'],
  ['a=not an address', 'has no valid address'],
  ['a=ftp://x/', 'unknown scheme ftp:'],
  ['a=tcp://x', 'lacks a host or port'],
  ['a=http://x/,a=http://y/', 'two targets named a'],
  ['a=http://ana:secret@x/', 'credentials'],
])('refuses TARGETS=%s', (TARGETS, reason) => {
  expect(() => readCheckerSettings({ TARGETS })).toThrow(reason);
  expect(() => readCheckerSettings({ TARGETS })).toThrow('TARGETS');
});

it('does not repeat credentials in its complaint', () => {
  expect(() => readCheckerSettings({ TARGETS: 'a=http://ana:hunter2@x/' })).not.toThrow('hunter2');
});
