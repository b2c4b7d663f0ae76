import { describe, expect, it } from 'vitest';
import { resolveDate } from '../../src/search/compile.ts';
import { LIMITS, parseQuery } from '../../src/search/parse.ts';
import { QueryError } from '../../src/search/query-error.ts';

const text = (word: string, prefix = false) => ({ kind: 'text', text: word, prefix });
const field = (name: string, operator: string, ...values: object[]) => ({ kind: 'field', field: name, operator, values });
const keyword = (word: string) => ({ type: 'keyword', keyword: word });

describe('parseQuery', () => {
  it.each([
    ['', { kind: 'all' }],
    ['  ', { kind: 'all' }],
    ['login', text('login', true)],
    ['login ', text('login')],
    ['"log in"', text('log in')],
    ['"a \\"b\\" c"', text('a "b" c')],
    ['login page', { kind: 'and', parts: [text('login'), text('page', true)] }],
    ['login OR page ', { kind: 'or', parts: [text('login'), text('page')] }],
    ['a b OR c ', { kind: 'or', parts: [{ kind: 'and', parts: [text('a'), text('b')] }, text('c')] }],
    ['a (b OR c)', { kind: 'and', parts: [text('a'), { kind: 'or', parts: [text('b'), text('c')] }] }],
    ['-draft', { kind: 'not', part: text('draft', true) }],
    ['NOT draft ', { kind: 'not', part: text('draft') }],
    ['half-done', text('half-done', true)],
    ['https://example.com/a?b=c', text('https://example.com/a?b=c', true)],
    ['12:30 ', text('12:30')],
    ['or ', text('or')],
    ['assignee:me', field('assignee', '=', keyword('me'))],
    ['assignee:@Ana,none', field('assignee', '=', { type: 'handle', handle: 'ana' }, keyword('none'))],
    ['LABEL:"needs review"', field('label', '=', { type: 'text', text: 'needs review' })],
    ['-label:bug', { kind: 'not', part: field('label', '=', { type: 'text', text: 'bug' }) }],
    ['due<7d', field('due', '<', { type: 'offset', amount: 7, unit: 'd' })],
    ['due:today', field('due', '=', { type: 'offset', amount: 0, unit: 'd' })],
    ['created>=2026-01-01', field('created', '>=', { type: 'date', date: '2026-01-01' })],
    ['priority>=high', field('priority', '>=', { type: 'number', number: 3 })],
    ['is:open', field('is', '=', keyword('open'))],
    ['parent:eng-12', field('parent', '=', { type: 'task', key: 'ENG', number: 12 })],
    ['estimate=2.5', field('estimate', '=', { type: 'number', number: 2.5 })],
  ])('%s', (input, expected) => {
    expect(parseQuery(input)).toEqual(expected);
  });

  it.each([
    ['colour:red', 1, 'assignee'],
    ['bug is:lost', 8, 'open'],
    ['due:soon', 5, 'today'],
    ['due:2026-02-30', 5, 'today'],
    ['label:', 7, 'the name of a label'],
    ['label: bug', 7, 'the name of a label'],
    ['label<bug', 6, ':'],
    ['due<today,tomorrow', 4, ':'],
    ['due<none', 4, ':'],
    ['a "b c', 3, '"'],
    ['(a b', 5, ')'],
    ['a)', 2, 'the end'],
    ['a OR', 5, 'a word'],
    ['OR a', 1, 'a word'],
    ['-', 2, 'a word'],
    ['--a', 2, 'a word'],
    ['()', 2, 'a word'],
    ['a !?', 3, 'a word'],
    [`${'('.repeat(LIMITS.depth + 1)}a`, LIMITS.depth + 1, 'a term'],
    ['a '.repeat(LIMITS.terms + 1), LIMITS.terms * 2 + 1, 'the end'],
    ['a'.repeat(LIMITS.length + 1), LIMITS.length + 1, undefined],
  ])('%s is wrong at column %i', (input, column, expected) => {
    try {
      parseQuery(input);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(QueryError);
      expect(error).toMatchObject({ column, params: { column }, code: expect.stringMatching(/^query_/) });
      expect((error as QueryError).message).toContain(`at column ${column}`);
      if (expected) expect((error as QueryError).expected).toContain(expected);
    }
  });

  it('throws only its own error, at a column of the input, whatever it is given', () => {
    const pieces = [
      'a',
      'Ö',
      '"',
      '\\',
      '(',
      ')',
      '-',
      ' ',
      ',',
      ':',
      '<',
      '>=',
      '=',
      'OR',
      'NOT',
      'AND',
      'is:',
      'open',
      'due',
      '7d',
      '@',
      '//',
    ];
    pieces.push("'", ';', '--', '\0', '\u{1F600}', 'label:', 'constructor', '__proto__:', '\ud800', '$1', '%', 'priority>');
    const random = generator(20_26);
    let parsed = 0;
    for (let round = 0; round < 20_000; round++) {
      const input = Array.from({ length: 1 + (random() % 12) }, () => pieces[random() % pieces.length]).join('');
      try {
        parseQuery(input);
        parsed++;
      } catch (error) {
        if (!(error instanceof QueryError)) throw new Error(`parsing ${JSON.stringify(input)}`, { cause: error });
        expect(error.column).toBeGreaterThanOrEqual(1);
        expect(error.column).toBeLessThanOrEqual(input.length + 1);
      }
    }
    expect(parsed).toBeGreaterThan(500);
  });

  it('takes time in proportion to the input', () => {
    const worst = [`${'"'.repeat(499)}`, `${'-'.repeat(500)}`, `a${':'.repeat(499)}`, `${'a'.repeat(499)}<`, `${'(('.repeat(250)}`];
    const begin = performance.now();
    for (let round = 0; round < 200; round++) {
      for (const input of worst) {
        try {
          parseQuery(input);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
        }
      }
    }
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('resolveDate', () => {
  it.each([
    [{ type: 'date', date: '2026-05-01' }, '2026-05-01'],
    [{ type: 'offset', amount: 7, unit: 'd' }, '2026-02-07'],
    [{ type: 'offset', amount: -2, unit: 'w' }, '2026-01-17'],
    [{ type: 'offset', amount: 1, unit: 'm' }, '2026-02-28'],
    [{ type: 'offset', amount: -1, unit: 'y' }, '2025-01-31'],
    [{ type: 'offset', amount: 9999, unit: 'y' }, '9999-12-31'],
    [{ type: 'offset', amount: -9999, unit: 'y' }, '0001-01-01'],
  ] as const)('%o → %s', (value, expected) => {
    expect(resolveDate(value, '2026-01-31')).toBe(expected);
  });
});

/** Xorshift: the same sequence in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
