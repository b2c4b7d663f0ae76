import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SettingsError } from './settings.ts';
import type { Telemetry } from './telemetry.ts';

const POLL_MS = 1000;

/**
 * A secret mounted as a file. It is read at start and again every second, so that a rotated Secret is picked up without
 * a restart. (Kubernetes swaps a symbolic link, which inotify does not see; watchFile misses a change before its first look.)
 */
export class Secret {
  readonly file: string;
  #value: string;
  #listeners: Array<() => void> = [];
  readonly #timer: NodeJS.Timeout;

  /** @throws SettingsError when the file is missing or empty */
  constructor(directory: string, name: string) {
    this.file = join(directory, name);
    this.#value = this.#read();
    this.#timer = setInterval(() => this.#reload(), POLL_MS).unref();
  }

  /** The value now, without surrounding white space. */
  get value(): string {
    return this.#value;
  }

  /** Keys one per line: the first is sent, all are accepted. Two are there while a key is rotated. */
  get keys(): string[] {
    return this.#value.split(/\s+/);
  }

  /** Whether one of the keys equals the candidate; takes the same time for every candidate. */
  accepts(candidate: string): boolean {
    const given = digest(candidate);
    return this.keys.map((key) => timingSafeEqual(digest(key), given)).includes(true);
  }

  /** Tells versions apart and, of a random value, nothing else: the first 16 bits of its SHA-256, as four hexadecimal digits. */
  get version(): string {
    return digest(this.#value).toString('hex').slice(0, 4);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): string {
    let value: string;
    try {
      value = readFileSync(this.file, 'utf8').trim();
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is missing' : `cannot be read (${(error as Error).message})`;
      throw new SettingsError(`secret file ${this.file} ${reason}: expected a mounted secret`);
    }
    if (value === '') throw new SettingsError(`secret file ${this.file} is empty`);
    return value;
  }

  #reload(): void {
    let value: string;
    try {
      value = this.#read();
    } catch {
      return; // between two versions of the mount; the last good value stays
    }
    if (value === this.#value) return;
    this.#value = value;
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Shows in /metrics which version of each secret this process uses, so that whoever rotates one knows when all processes
 * have picked it up. Not for secrets that people choose, such as a password: it would help to guess them.
 */
export function observeSecrets(telemetry: Telemetry, ...secrets: Secret[]): void {
  telemetry.gauge({
    name: 'secret_version',
    help: 'The version of a secret file that is in use: the first 16 bits of the SHA-256 of its content, in hexadecimal',
    labelNames: ['secret', 'version'],
    collect: (gauge) => {
      gauge.reset();
      for (const { file, version } of secrets) gauge.set({ secret: basename(file), version }, 1);
    },
  });
}

const digest = (text: string) => createHash('sha256').update(text).digest();
