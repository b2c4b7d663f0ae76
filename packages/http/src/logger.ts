import { type Logger, pino } from 'pino';
import type { ServerSettings } from './settings.ts';

/** JSON lines on standard output; nothing that identifies a person or opens a door is ever logged. */
export function createLogger(service: string, settings: Pick<ServerSettings, 'LOG_LEVEL' | 'ENVIRONMENT'>): Logger {
  return pino({
    level: settings.LOG_LEVEL,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['*.password', '*.authorization', '*.cookie', '*.token', '*.secret', '*.email'], remove: true },
  });
}
