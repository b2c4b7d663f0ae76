import { type DestinationStream, type Logger, pino } from 'pino';
import type { ServerSettings } from './settings.ts';

const REDACTED = ['authorization', 'cookie', 'email', 'password', 'secret', 'token', 'accessToken', 'refreshToken'];

/**
 * JSON lines on standard output, or readable ones for a developer at a terminal. Nothing that identifies a person or
 * opens a door is ever logged; should it be, members of these names are left out.
 */
export async function createLogger(service: string, settings: Pick<ServerSettings, 'LOG_LEVEL' | 'ENVIRONMENT'>): Promise<Logger> {
  const options = {
    level: settings.LOG_LEVEL,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
    serializers: { err: serializeError },
  };
  const pretty = settings.ENVIRONMENT === 'development' && process.stdout.isTTY;
  return pretty ? pino(options, await prettyStream()) : pino(options);
}

/** For lines of which every member is named in our code: members of members are not looked through, which costs more than the line. */
export const flat = (log: Logger): Logger => log.child({}, { redact: { paths: REDACTED, remove: true } });

/** Loaded only where it is used: it is not part of the bundles. */
async function prettyStream(): Promise<DestinationStream> {
  const { default: pinoPretty } = await import('pino-pretty');
  return pinoPretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
}

/** Without what an error carries besides: postgres.js puts a statement's values there, undici a request's headers. */
function serializeError(error: Error & { code?: unknown; cause?: unknown }): object {
  const { name, message, stack, code, cause } = error;
  return { type: name, message, stack, code, ...(cause instanceof Error ? { cause: serializeError(cause) } : {}) };
}
