import { expect, test } from 'vitest';
import { texts as de } from '../src/i18n/de.ts';
import { texts as en } from '../src/i18n/en.ts';
import { texts as fr } from '../src/i18n/fr.ts';

const texts = (entry: string | { one: string; other: string }) => (typeof entry === 'string' ? [entry] : [entry.one, entry.other]);
const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

// That no key is missing or left over is the compiler's; what is to be filled in it cannot see.
test.each(Object.entries({ de, fr }))('%s fills in what the English texts do', (_language, catalogue) => {
  for (const [key, entry] of Object.entries(en)) {
    const allowed = new Set(texts(entry).flatMap(blanks));
    for (const text of texts(catalogue[key as keyof typeof en])) {
      expect(
        [...blanks(text)].filter((name) => !allowed.has(name!)),
        `${key}: ${text}`,
      ).toEqual([]);
    }
    const other = texts(catalogue[key as keyof typeof en]).at(-1)!;
    expect(blanks(other), `${key}: ${other}`).toEqual(blanks(texts(entry).at(-1)!));
  }
});

test.each(Object.entries({ en, de, fr }))('%s says something everywhere', (_language, catalogue) => {
  const silent = Object.entries(catalogue).filter(([, entry]) => texts(entry).some((text) => text.trim() === ''));
  expect(silent).toEqual([]);
});
