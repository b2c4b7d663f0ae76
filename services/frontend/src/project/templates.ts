import type { ProjectExport } from '@taskflow/contracts/export';
import { t } from '../i18n/translate.ts';

/** What a project can begin with. `simple` is what the API makes by itself: To do, In progress, Done. */
export const TEMPLATES = ['simple', 'software', 'support', 'content'] as const;
export type Template = (typeof TEMPLATES)[number];

type Category = ProjectExport['columns'][number]['category'];
type Kind = Exclude<Template, 'simple'>;

const COLUMNS: Record<Kind, Array<[Category, wipLimit: number | null]>> = {
  software: [
    ['todo', null],
    ['todo', null],
    ['active', 4],
    ['active', 3],
    ['done', null],
  ],
  support: [
    ['todo', null],
    ['active', 5],
    ['active', null],
    ['done', null],
  ],
  content: [
    ['todo', null],
    ['active', 3],
    ['active', 3],
    ['active', null],
    ['done', null],
  ],
};
const COLORS: Record<Kind, string[]> = {
  software: ['#bf2630', '#17734b', '#585c67'],
  support: ['#bf2630', '#3451b2', '#8a5000'],
  content: ['#7a4fd0', '#3451b2', '#17734b'],
};

const split = (text: string): string[] => text.split(',').map((part) => part.trim());
export const columnNames = (template: Template): string[] => split(t(`template.${template}.columns`));

/** The template as a project that was exported, which the API imports. */
export function templateProject(template: Kind): ProjectExport {
  const names = columnNames(template);
  const labels = split(t(`template.${template}.labels`));
  return {
    format: 'taskflow',
    version: 1,
    project: { id: crypto.randomUUID(), key: 'NEW', name: template, description: '' },
    columns: COLUMNS[template].map(([category, wipLimit], index) => ({ name: names[index]!, category, wipLimit })),
    labels: COLORS[template].map((color, index) => ({ name: labels[index]!, color })),
    tasks: [],
    relations: [],
  };
}
