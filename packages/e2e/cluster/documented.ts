import { readFileSync } from 'node:fs';
import { type CommandOptions, root, run } from './command.ts';

/**
 * The commands that a page of docs/ shows below a heading: its `sh` blocks, one after the other.
 * @throws Error when there are none
 */
export function commandsBelow(page: string, heading: string): string[] {
  const [, section] = readFileSync(`${root}/docs/${page}`, 'utf8').split(`\n## ${heading}\n`);
  const blocks = [...(section?.split('\n## ')[0] ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);
  if (blocks.length === 0) throw new Error(`docs/${page} shows no commands below "${heading}"`);
  return blocks;
}

/** Runs commands as a person would paste them, from a folder, up to the first that fails; returns what they print. */
export const shell = (commands: string, { folder = root, ...options }: CommandOptions & { folder?: string } = {}): Promise<string> =>
  run('bash', ['-euo', 'pipefail', '-c', `cd "$0"\n${commands}`, folder], options);
