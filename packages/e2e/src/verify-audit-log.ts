import type { System } from '@taskflow/local/system';
export async function verifyAuditLog(_system: System): Promise<void> {}
