import { board } from './board.ts';
import { gateway } from './gateway.ts';
import { print, type Table } from './table.ts';
import { tasks } from './tasks.ts';

/*
 * Each benchmark starts what it measures, says how it measured, and prints a table: `npm run bench` runs all, `npm run bench -- board`
 * one. Aims that are missed are marked; absolute figures are those of this machine, on this day.
 */

const BENCHMARKS: Record<string, () => Promise<Table>> = { gateway, tasks, board };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHMARKS));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exit(2);
}
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (wanted.length === 0 || wanted.includes(name)) print(name, await run());
}
