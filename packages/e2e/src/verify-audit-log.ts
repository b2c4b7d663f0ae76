import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { System } from '@taskflow/local/system';

const SIDECAR = fileURLToPath(new URL('../../../services/audit-sidecar/src/main.ts', import.meta.url));

/**
 * Runs `audit verify` over the whole stored log, as an auditor would.
 * @throws Error with what it printed when the log is not intact
 */
export async function verifyAuditLog(system: System): Promise<void> {
  await promisify(execFile)(process.execPath, [SIDECAR, 'verify'], {
    env: { ...process.env, SECRETS_DIR: system.secretsFolder('audit-sidecar') },
  });
}
