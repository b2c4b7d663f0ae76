import type { ImportFormat } from '@taskflow/contracts/import';

/** Which program a file comes from, by its name and what is in it. */
export function guessFormat(name: string, content: string): ImportFormat {
  if (!/^\s*[[{]/.test(content)) {
    const head = content.slice(0, 500).toUpperCase();
    return head.includes('TYPE,CONTENT') || /todoist/i.test(name) ? 'todoist' : 'csv';
  }
  try {
    const document = JSON.parse(content) as Record<string, unknown> | unknown[];
    if (Array.isArray(document)) return 'vikunja';
    if ('idOrganization' in document || ('cards' in document && 'lists' in document)) return 'trello';
    if ('format' in document || 'taskflow' in document || ('project' in document && 'tasks' in document)) return 'taskflow';
  } catch {
    // The server says what is wrong with it, and where.
  }
  return 'taskflow';
}
