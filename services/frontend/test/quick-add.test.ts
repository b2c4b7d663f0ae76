import { describe, expect, it } from 'vitest';
import { parseQuickAdd, splitLines } from '../src/board/quick-add.ts';

const context = {
  people: [
    { id: 'ana', name: 'Ana Keller', handle: 'ana' },
    { id: 'andre', name: 'André Müller', handle: 'andre' },
    { id: 'ben', name: 'Ben Ito', handle: 'bito' },
  ],
  labels: [
    { id: 'bug', name: 'Bug' },
    { id: 'design', name: 'Needs design' },
  ],
  today: '2026-11-25', // a Wednesday
};
const parse = (text: string) => parseQuickAdd(text, context);

describe('quick add', () => {
  it('reads the example of the board', () => {
    expect(parse('fix login @ana #bug !high tomorrow')).toEqual({
      title: 'fix login',
      assigneeIds: ['ana'],
      labelIds: ['bug'],
      priority: 'high',
      dueDate: '2026-11-26',
    });
  });

  it.each([
    ['call @bito', ['ben']],
    ['call @Ben', ['ben']],
    ['call @andré', ['andre']],
    ['call @"Ana Keller" @ben', ['ana', 'ben']],
    ['call @ana @ana', ['ana']],
  ])('finds people: %s', (text, ids) => expect(parse(text)).toEqual({ title: 'call', assigneeIds: ids }));

  it('leaves what names nobody or nothing in the title', () => {
    expect(parse('mail bob@example.org about @nobody #nothing !whatever')).toEqual({
      title: 'mail bob@example.org about @nobody #nothing !whatever',
    });
  });

  it('does not choose between two people of the same beginning', () => {
    expect(parse('call @an')).toEqual({ title: 'call @an' });
  });

  it('knows labels of several words', () => {
    expect(parse('logo #"needs design"')).toEqual({ title: 'logo', labelIds: ['design'] });
    expect(parse('logo #needs-design')).toEqual({ title: 'logo', labelIds: ['design'] });
  });

  it.each([
    ['today', '2026-11-25'],
    ['morgen', '2026-11-26'],
    ['demain', '2026-11-26'],
    ['friday', '2026-11-27'],
    ['Wednesday', '2026-12-02'],
    ['in 3 days', '2026-11-28'],
    ['in 2 Wochen', '2026-12-09'],
    ['dans 2 semaines', '2026-12-09'],
    ['+10d', '2026-12-05'],
    ['2027-02-28', '2027-02-28'],
    ['24.12.', '2026-12-24'],
    ['1.2.', '2027-02-01'],
    ['1.2.2028', '2028-02-01'],
  ])('knows the day %s', (text, dueDate) => expect(parse(`ship it ${text}`)).toEqual({ title: 'ship it', dueDate }));

  it.each(['plan tomorrow’s demo', 'read tomorrow never dies', 'ship it 2027-02-30', 'ship it 32.1.'])('takes no day out of: %s', (text) =>
    expect(parse(text)).toEqual({ title: text }),
  );

  it('reads an estimate', () => expect(parse('estimate me =2,5')).toEqual({ title: 'estimate me', estimate: 2.5 }));

  it.each(['tomorrow', '@ana', '!high', '#bug tomorrow'])('has a title in any case: %s', (text) =>
    expect(parse(text).title.length).toBeGreaterThan(0),
  );
});

describe('pasted lines', () => {
  it('are one task each, without bullets, numbers, boxes and empty lines', () => {
    expect(splitLines('- one\n\n* two\r\n3. three\n- [ ] four\n  • five\n2026 plan')).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      '2026 plan',
    ]);
  });
});
