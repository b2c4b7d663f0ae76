import { PRIORITIES } from '../task/priorities.ts';

/** What the query language has, by field (contracts/search.ts). */
const FIELDS: Record<string, string[]> = {
  assignee: ['me', 'none', 'any'],
  author: ['me'],
  label: ['none'],
  is: ['open', 'done', 'overdue', 'blocked', 'blocking', 'subtask', 'recurring'],
  project: [],
  column: [],
  priority: PRIORITIES,
  estimate: ['none', 'any'],
  parent: ['none', 'any'],
  due: ['today', 'tomorrow', '7d', 'none', 'any'],
  start: ['today', '7d', 'none'],
  created: ['today', '-7d'],
  updated: ['today', '-7d'],
};

export interface Known {
  handles: string[];
  labels: string[];
  projects: string[];
}

export interface Suggestion {
  /** what stands in the field when it is taken */
  text: string;
  /** where the caret goes */
  caret: number;
  /** how it is shown */
  name: string;
}

const quoted = (value: string): string => (/[\s()"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value);

/** How the word at the caret could go on. */
export function suggest(query: string, caret: number, known: Known): Suggestion[] {
  const begin = /(?:[^\s()"]|"[^"]*"?)*$/.exec(query.slice(0, caret))!.index;
  const word = query.slice(begin, caret).replace(/^-/, '');
  const sign = query[begin] === '-' ? '-' : '';
  const complete = (value: string, after: string): Suggestion => {
    const text = `${query.slice(0, begin)}${sign}${value}${after}`;
    return { text: text + query.slice(caret), caret: text.length, name: `${sign}${value}` };
  };
  const field = /^([a-z]+)(:|<=?|>=?)(.*)$/.exec(word);
  if (!field) {
    if (word === '') return [];
    return Object.keys(FIELDS)
      .filter((name) => name.startsWith(word.toLowerCase()))
      .map((name) => complete(`${name}:`, ''));
  }
  const [, name, operator, value] = field;
  const begun = value!.replace(/^"/, '').toLowerCase();
  return valuesOf(name!, known)
    .filter((candidate) => candidate.toLowerCase().startsWith(begun) && candidate.toLowerCase() !== begun)
    .slice(0, 8)
    .map((candidate) => complete(`${name}${operator}${quoted(candidate)}`, ' '));
}

function valuesOf(field: string, { handles, labels, projects }: Known): string[] {
  const fixed = FIELDS[field] ?? [];
  if (field === 'assignee' || field === 'author') return [...fixed, ...handles.map((handle) => `@${handle}`)];
  if (field === 'label') return [...fixed, ...labels];
  return field === 'project' ? projects : fixed;
}
