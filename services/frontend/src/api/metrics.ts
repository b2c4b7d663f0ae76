import type { FlowAnswer } from '@taskflow/contracts/metrics';
import { get } from './client.ts';

export const getFlow = (projectId: string, from: string, timeZone: string, signal: AbortSignal) =>
  get<FlowAnswer>(`/metrics/projects/${projectId}/flow`, { query: { from, timeZone }, signal });
