import type { Priority } from '@taskflow/contracts/tasks';

export const PRIORITIES: Priority[] = ['urgent', 'high', 'medium', 'low', 'none'];
