import type { CsvField } from '@taskflow/contracts/import';
import { CsvError, parse } from 'csv-parse/sync';
import { problems } from '../problems.ts';
import { PRIORITIES } from '../search/fields.ts';
import { Plan, toDate } from './plan.ts';

/** Names that other programs give to columns. */
const USUAL: Record<CsvField, string[]> = {
  title: ['title', 'name', 'summary', 'task', 'subject', 'content', 'card name'],
  description: ['description', 'notes', 'details', 'body', 'card description'],
  column: ['column', 'status', 'state', 'list', 'list name', 'section', 'section/column', 'bucket'],
  priority: ['priority'],
  labels: ['labels', 'tags', 'label', 'components'],
  assignees: ['assignees', 'assignee', 'assigned to', 'owner', 'members'],
  startDate: ['startdate', 'start date', 'start'],
  dueDate: ['duedate', 'due date', 'due', 'deadline'],
  estimate: ['estimate', 'story points', 'points', 'effort'],
};

/** @throws Problem 422 for a file that is no CSV */
export function readCsv(content: string): Array<Record<string, string>> {
  try {
    return parse(content, {
      bom: true,
      columns: true,
      delimiter: delimiterOf(content),
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
      max_record_size: 1_000_000,
    });
  } catch (error) {
    if (error instanceof CsvError) throw problems.import_unreadable(`The file is not CSV: ${error.message}`);
    throw error;
  }
}

/** The one that the first line has most of: spreadsheets write what their locale says. */
function delimiterOf(content: string): string {
  const [header = ''] = content.split('\n', 1);
  const count = (delimiter: string) => header.split(delimiter).length;
  return [';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best), ',');
}

export function planCsv(content: string, mapping?: Record<string, CsvField>): Plan {
  const rows = readCsv(content);
  const plan = new Plan();
  const names = Object.keys(rows[0] ?? {});
  const fields = new Map<CsvField, string>();
  for (const name of names) {
    const field = mapping ? mapping[name] : (Object.keys(USUAL) as CsvField[]).find((key) => USUAL[key].includes(name.toLowerCase()));
    if (field && !fields.has(field)) fields.set(field, name);
    else plan.leave('column of the file', name);
  }
  const unknown = Object.keys(mapping ?? {}).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw problems.import_unreadable(`The file has no column ${JSON.stringify(unknown)}: it has ${names.join(', ')}`);
  if (!fields.has('title')) throw problems.import_unreadable(`No column of the file is the title: map one of ${names.join(', ')}`);

  for (const row of rows) {
    const value = (field: CsvField) => row[fields.get(field) ?? ''] ?? '';
    const list = (field: CsvField) =>
      value(field)
        .split(/[,;|]/)
        .map((part) => part.trim().replace(/^@/, ''))
        .filter(Boolean);
    const title = value('title');
    const estimate = Number(value('estimate') || Number.NaN);
    plan.task({
      title,
      description: value('description'),
      column: plan.column(value('column') || 'To do'),
      priority: toPriority(value('priority')),
      labels: list('labels').map((name) => plan.label(name)),
      assignees: list('assignees'),
      startDate: readDate(plan, value('startDate'), title),
      dueDate: readDate(plan, value('dueDate'), title),
      estimate: estimate >= 0 && estimate <= 1_000_000 ? estimate : null,
    });
  }
  return plan.finish();
}

function readDate(plan: Plan, value: string, title: string): string | null {
  const date = toDate(value);
  if (!date && value) plan.leave('date that is not written as 2026-01-31', `${title}: ${value}`);
  return date;
}

const toPriority = (value: string) => {
  const word = value.toLowerCase();
  if (['highest', 'critical', 'blocker'].includes(word)) return 'urgent';
  if (['lowest', 'minor', 'trivial'].includes(word)) return 'low';
  if (['normal', 'major'].includes(word)) return 'medium';
  return PRIORITIES.find((priority) => priority === word) ?? 'none';
};
