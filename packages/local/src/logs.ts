import { styleText } from 'node:util';
import { prettyFactory } from 'pino-pretty';

const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue', 'red', 'white', 'gray'] as const;

/** Prints the lines of all services side by side: each with its name, JSON made readable where people look at it. */
export function logPrinter(
  names: readonly string[],
  { pretty, write }: { pretty: boolean; write: (text: string) => void },
): (name: string, line: string) => void {
  if (!pretty) return (_name, line) => write(`${line}\n`);
  const format = prettyFactory({ colorize: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'service,pid,hostname' });
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => {
    const label = styleText(COLOURS[names.indexOf(name) % COLOURS.length] ?? 'white', name.padEnd(width));
    write(`${label} ${line.startsWith('{') ? format(line) : `${line}\n`}`);
  };
}
