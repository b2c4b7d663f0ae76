import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface CommandOptions {
  input?: string;
  /** what the command prints is shown as it comes */
  show?: boolean;
  /** milliseconds */
  timeout?: number;
}

/**
 * Runs a command in the project's folder.
 * @returns what it printed to standard output
 * @throws Error with the command and what it printed to standard error
 */
export function run(
  command: string,
  args: string[],
  { input = '', show = false, timeout = 300_000 }: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, timeout });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (show) process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
      if (show) process.stderr.write(text);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${errors || output}`));
    });
    child.stdin.on('error', () => {}); // a command that reads nothing
    child.stdin.end(input);
  });
}
