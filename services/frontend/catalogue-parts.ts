import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const ROOTS = ['src/main.tsx', 'src/project/ProjectScreen.tsx'];

/**
 * Splits each catalogue into the texts that the first screen needs (`en.ts?first`) and all others (`en.ts?rest`): the whole weighs a
 * tenth of what may be loaded before a board shows. Needed first are the keys that stand in a module which the roots import at once;
 * everything else is loaded by lazyPart or a route, which wait for the rest.
 */
export function catalogueParts(): Plugin {
  const modules = new Set<string>();
  const keys = new Set<string>();
  const prefixes: string[] = [];
  const isFirst = (key: string) => keys.has(key) || prefixes.some((prefix) => key.startsWith(prefix));

  function visit(file: string): void {
    if (modules.has(file)) return;
    modules.add(file);
    const source = readFileSync(file, 'utf8');
    for (const [, text, end] of source.matchAll(/['`]([a-zA-Z]+\.[\w.]*)(\$\{|['`])/g)) {
      if (end === '${') prefixes.push(text!);
      else keys.add(text!);
    }
    for (const [statement, path] of source.matchAll(/^(?:import|export)\s[^;]*?from '(\.[^']+\.tsx?)';/gm)) {
      if (!/^(?:import|export) type /.test(statement)) visit(join(dirname(file), path!));
    }
  }

  return {
    name: 'catalogue-parts',
    apply: 'build',
    enforce: 'pre',
    buildStart() {
      for (const root of ROOTS) visit(join(import.meta.dirname, root));
    },
    async load(id) {
      const [, file, part] = /^(.*\/i18n\/\w\w\.ts)\?(first|rest)$/.exec(id) ?? [];
      if (!file) return null;
      const { texts } = (await import(file)) as { texts: Record<string, unknown> };
      const chosen = Object.entries(texts).filter(([key]) => isFirst(key) === (part === 'first'));
      return `export const texts = ${JSON.stringify(Object.fromEntries(chosen))};`;
    },
  };
}
