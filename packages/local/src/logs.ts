import { styleText } from 'node:util';
import { type PrettyOptions, prettyFactory } from 'pino-pretty';

const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue', 'red', 'white', 'gray'] as const;

export interface LogPrinterOptions {
  /** readable for people; else the services' JSON lines as they are */
  pretty: boolean;
  /** with stack traces and trace ids */
  verbose: boolean;
  write: (text: string) => void;
}

/** Prints the lines of all services side by side: each with its name, JSON made readable where people look at it. */
export function logPrinter(names: readonly string[], { pretty, verbose, write }: LogPrinterOptions): (name: string, line: string) => void {
  if (!pretty) return (_name, line) => write(`${line}\n`);
  const format = prettyFactory({
    colorize: true,
    colorizeObjects: false,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: `service,pid,hostname,reqId${verbose ? '' : ',err,traceId,method,route,status,ms'}`,
    ...(verbose ? {} : { messageFormat: describe }),
  });
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => {
    const label = styleText(COLOURS[names.indexOf(name) % COLOURS.length] ?? 'white', name.padEnd(width));
    write(`${label} ${line.startsWith('{') ? format(line) : `${line}\n`}`);
  };
}

/** A request and an error in one line each. */
const describe: PrettyOptions['messageFormat'] & object = (log) => {
  const { msg, method, route, status, ms, err } = log as Record<string, unknown>;
  if (msg === 'request') return `${method} ${route} → ${status} in ${ms} ms`;
  const reason = (err as { message?: string } | undefined)?.message;
  return reason ? `${msg}: ${reason}` : String(msg);
};
