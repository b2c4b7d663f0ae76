import { useSyncExternalStore } from 'react';
import type { texts as en } from './en.ts';

/** A catalogue of another language has every text of the English one: a missing one does not compile. */
export type Catalogue = { readonly [K in Key]: (typeof en)[K] extends string ? string : Plural };
type Plural = { readonly one: string; readonly other: string };

export type Key = keyof typeof en;
/** Keys that are whole texts: nothing to be filled in. */
export type PlainKey = { [K in Key]: Blanks<(typeof en)[K]> extends never ? K : never }[Key];
type Texts<T> = T extends string ? T : T extends { other: infer Other } ? Other : never;
type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Blanks<T> = Names<Texts<T>> | (T extends string ? never : 'count');
type Values<K extends Key> = Blanks<(typeof en)[K]> extends never ? [] : [values: Record<Blanks<(typeof en)[K]>, string | number>];

export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;
const STORED = 'taskflow.language';

type Part = { texts: Partial<Catalogue> };
// Of each catalogue first what is shown before everything else, see catalogue-parts.ts.
const FIRST = import.meta.glob<Part>('./??.ts', { query: '?first' });
const REST = import.meta.glob<Part>('./??.ts', { query: '?rest' });

const loaded: Record<Language, Partial<Catalogue>> = { en: {}, de: {}, fr: {} };

let language: Language = 'en';
/** the one to come, while it is loaded */
let wanted: Language = 'en';
let rest: Promise<void> | undefined;
let plurals = new Intl.PluralRules('en');
const listeners = new Set<() => void>();

/** The language of the page, as Intl and `lang` want it. */
export const currentLanguage = (): Language => language;

/** Chosen by the person, else the first of the browser's that we have. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages].map((tag) => tag?.split('-', 1)[0]);
  return (wanted.find((tag) => tag !== undefined && tag in LANGUAGES) as Language | undefined) ?? 'en';
}

/** With the texts of the first screen; for the others see allTexts. */
export async function applyLanguage(next: Language): Promise<void> {
  wanted = next;
  rest = undefined;
  const { texts } = await FIRST[`./${next}.ts`]!();
  Object.assign(loaded[next], texts);
  if (listeners.size > 0) await allTexts(); // what is open needs texts of its own at once
  language = next;
  plurals = new Intl.PluralRules(next);
  formats.clear();
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** What is loaded after the first screen waits for its texts. */
export function allTexts(): Promise<void> {
  const texts = loaded[wanted];
  rest ??= REST[`./${wanted}.ts`]!().then(
    (others) => void Object.assign(texts, others.texts),
    (error) => {
      rest = undefined;
      throw error;
    },
  );
  return rest;
}

export async function chooseLanguage(next: Language): Promise<void> {
  localStorage.setItem(STORED, next);
  await applyLanguage(next);
}

/** Draws its component anew when the language changes. */
export const useLanguage = (): Language =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, currentLanguage);

export function t<K extends Key>(key: K, ...[values]: Values<K>): string {
  const entry: string | Plural = loaded[language][key]!;
  const blanks = values as Record<string, string | number> | undefined;
  const text = typeof entry === 'string' ? entry : plurals.select(Number(blanks?.count)) === 'one' ? entry.one : entry.other;
  return blanks ? text.replace(/\{(\w+)\}/g, (_, name: string) => fill(blanks[name])) : text;
}

const fill = (value: string | number | undefined): string => (typeof value === 'number' ? formatNumber(value) : (value ?? ''));

const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat | Intl.ListFormat>();

function cached<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat | Intl.ListFormat>(
  name: string,
  make: () => T,
): T {
  const known = formats.get(name) ?? make();
  formats.set(name, known);
  return known as T;
}

export const formatNumber = (value: number, options: Intl.NumberFormatOptions = {}): string =>
  cached(`number${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options)).format(value);

export const formatDateTime = (value: string | Date, options: Intl.DateTimeFormatOptions): string =>
  cached(`date${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(language, options)).format(new Date(value));

export const formatList = (items: string[]): string => cached('list', () => new Intl.ListFormat(language)).format(items);

const STEPS: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "3 hours ago" */
export function formatAgo(value: string): string {
  const seconds = (Date.parse(value) - Date.now()) / 1000;
  const format = cached('relative', () => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return format.format(0, 'second');
}
