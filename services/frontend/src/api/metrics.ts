import type { FlowAnswer, StatusAnswer } from '@taskflow/contracts/metrics';
import { get } from './client.ts';

export const getFlow = (projectId: string, from: string, timeZone: string, signal: AbortSignal) =>
  get<FlowAnswer>(`/metrics/projects/${projectId}/flow`, { query: { from, timeZone }, signal });

/** Hours and days of history, for whoever is signed in. */
export const getStatus = (signal: AbortSignal) => get<StatusAnswer>('/metrics/status', { query: { hours: 24, days: 90 }, signal });
