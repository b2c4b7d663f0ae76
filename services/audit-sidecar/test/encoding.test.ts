import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, EntryError, encodeEntry } from '../src/entry.ts';
import { tileWidth } from '../src/tile.ts';
import { decodeBundle, encodeBundle, formatTilePath, parseTilePath } from '../src/tile-path.ts';
import { record } from './fixtures.ts';

describe('canonical JSON', () => {
  it('is that of RFC 8785, section 3.2.2 and 3.2.3', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const sorted = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(sorted)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  it('does not depend on the order of members, and keeps the value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 200 },
    );
  });

  it('has no lone surrogates', () => {
    expect(() => canonicalJson({ name: '\ud800' })).toThrow(EntryError);
    expect(() => canonicalJson({ '\udc00': 1 })).toThrow(EntryError);
  });

  it('has at most the length that an entry bundle can give', () => {
    const details = (size: number) => Object.fromEntries(Array.from({ length: 32 }, (_, at) => [`k${at}`, 'x'.repeat(size)]));
    expect(encodeEntry(record({ details: details(1000) })).length).toBeLessThan(65_536);
    expect(() => encodeEntry(record({ details: details(2100) }))).toThrow('more than 65535 bytes');
  });
});

describe('tile paths', () => {
  it.each([
    [{ level: 0, index: 0, width: 256 }, '0/000'],
    [{ level: 3, index: 1_234_067, width: 256 }, '3/x001/x234/067'],
    [{ level: 'entries' as const, index: 1_234_067, width: 8 }, 'entries/x001/x234/067.p/8'],
    [{ level: 63, index: 1000, width: 255 }, '63/x001/000.p/255'],
  ])('%j is %s', (path, text) => {
    expect(formatTilePath(path)).toBe(text);
    expect(parseTilePath(text)).toEqual(path);
  });

  it.each([
    '',
    '0',
    '0/0',
    '0/00',
    '0/0000',
    '00/000',
    '64/000',
    '-1/000',
    'data/000',
    '0/x000/001',
    '0/001/002',
    '0/x001/x002',
    '0/000.p/0',
    '0/000.p/256',
    '0/000.p/08',
    '0/000.p/',
    '0/000/',
    '0/000.p/1/2',
    '0/x001/x000/x000/x000/x000/000',
    '0/../000',
  ])('%j is none', (text) => {
    expect(parseTilePath(text)).toBeUndefined();
  });

  it('go there and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 63 }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(parseTilePath(formatTilePath({ level, index, width }))).toEqual({ level, index, width });
        },
      ),
    );
  });
});

it('tile widths are those of the specification', () => {
  expect([tileWidth(0, 272, 70_000), tileWidth(0, 273, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 112, 0]);
  expect([tileWidth(1, 0, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000), tileWidth(3, 0, 70_000)]).toEqual([256, 17, 1, 0]);
  expect([tileWidth(0, 0, 256), tileWidth(1, 0, 256)]).toEqual([256, 1]);
});

describe('entry bundles', () => {
  it('go there and back', () => {
    const entries = ['{}', '', '€'.repeat(300), 'x'.repeat(65_535)];
    expect(decodeBundle(encodeBundle(entries))).toEqual(entries);
    expect(encodeBundle(['{}']).toString('hex')).toBe('00027b7d');
  });

  it('are refused when they end within an entry', () => {
    expect(() => decodeBundle(Buffer.from('0003 7b7d'.replace(' ', ''), 'hex'))).toThrow(RangeError);
    expect(() => decodeBundle(Buffer.from('00', 'hex'))).toThrow(RangeError);
  });
});
