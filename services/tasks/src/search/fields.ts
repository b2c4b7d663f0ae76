export type Operator = '=' | '<' | '<=' | '>' | '>=';

/** A date as a query names it: fixed, or so many units from the asker's today. */
export type DateValue = { type: 'date'; date: string } | { type: 'offset'; amount: number; unit: 'd' | 'w' | 'm' | 'y' };
export type Value =
  | DateValue
  | { type: 'keyword'; keyword: string }
  | { type: 'text'; text: string }
  | { type: 'handle'; handle: string }
  | { type: 'number'; number: number }
  | { type: 'task'; key: string; number: number };

interface FieldRule {
  /** may be compared with < and > */
  ordered: boolean;
  /** for people, in errors */
  expected: string[];
  /** undefined when the text is no value of the field */
  read(text: string): Value | undefined;
}

export const STATES = ['open', 'done', 'overdue', 'blocked', 'blocking', 'subtask', 'recurring'] as const;
/** In rising order. */
export const PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;

const keyword = (word: string): Value => ({ type: 'keyword', keyword: word });

const person: FieldRule = {
  ordered: false,
  expected: ['me', '@handle', 'none', 'any'],
  read(text) {
    if (['me', 'none', 'any'].includes(text)) return keyword(text);
    return /^@[\p{L}\p{N}_.-]{1,64}$/u.test(text) ? { type: 'handle', handle: text.slice(1).toLowerCase() } : undefined;
  },
};

const date: FieldRule = {
  ordered: true,
  expected: ['2026-01-31', 'today', 'tomorrow', 'yesterday', '7d', '-2w', 'none', 'any'],
  read(text) {
    if (text === 'none' || text === 'any') return keyword(text);
    const named = { yesterday: -1, today: 0, tomorrow: 1 }[text];
    if (named !== undefined) return { type: 'offset', amount: named, unit: 'd' };
    const offset = /^([+-]?\d{1,4})([dwmy])$/.exec(text);
    if (offset) return { type: 'offset', amount: Number(offset[1]), unit: offset[2] as 'd' };
    return isDate(text) ? { type: 'date', date: text } : undefined;
  },
};

const oneOf = (words: readonly string[], ordered = false): FieldRule => ({
  ordered,
  expected: [...words],
  read: (text) => (words.includes(text.toLowerCase()) ? keyword(text.toLowerCase()) : undefined),
});

const text = (what: string, keywords: string[] = []): FieldRule => ({
  ordered: false,
  expected: [what, ...keywords],
  read(value) {
    if (keywords.includes(value)) return keyword(value);
    return value.trim() === '' ? undefined : { type: 'text', text: value };
  },
});

const number: FieldRule = {
  ordered: true,
  expected: ['a number', 'none', 'any'],
  read(value) {
    if (value === 'none' || value === 'any') return keyword(value);
    return /^\d{1,9}(\.\d{1,3})?$/.test(value) ? { type: 'number', number: Number(value) } : undefined;
  },
};

const task: FieldRule = {
  ordered: false,
  expected: ['a task such as ENG-12', 'none', 'any'],
  read(value) {
    if (value === 'none' || value === 'any') return keyword(value);
    const match = /^([A-Za-z][A-Za-z0-9]{0,9})-(\d{1,9})$/.exec(value);
    return match ? { type: 'task', key: (match[1] as string).toUpperCase(), number: Number(match[2]) } : undefined;
  },
};

const priority: FieldRule = {
  ...oneOf(PRIORITIES, true),
  // Ordered by rank, so it must not count as a keyword that only "=" understands.
  read(value) {
    const rank = PRIORITIES.indexOf(value.toLowerCase() as 'none');
    return rank < 0 ? undefined : { type: 'number', number: rank };
  },
};

const FIELD_RULES = {
  assignee: person,
  author: person,
  label: text('the name of a label', ['none', 'any']),
  is: oneOf(STATES),
  project: text('the key of a project, such as ENG'),
  column: text('the name of a column'),
  priority,
  estimate: number,
  parent: task,
  due: date,
  start: date,
  created: date,
  updated: date,
} satisfies Record<string, FieldRule>;

export type Field = keyof typeof FIELD_RULES;
export const FIELDS: ReadonlyMap<string, FieldRule> = new Map(Object.entries(FIELD_RULES));

/** A day of the Gregorian calendar, written as RFC 3339 does. */
function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
