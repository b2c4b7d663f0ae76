import type { TargetState } from '@taskflow/contracts/metrics';
import type { Server } from '@taskflow/http/server';
import { Counter, Gauge } from 'prom-client';
import type { Context } from './context.ts';
import { type Latest, readLatest } from './latest.ts';

const STATES: TargetState[] = ['up', 'degraded', 'down', 'unknown'];

/** What this service knows, for Prometheus; read from the database when asked, so that every replica says the same. */
export function exportTargets({ telemetry }: Server, { sql, settings }: Pick<Context, 'sql' | 'settings'>): void {
  const registers = [telemetry.registry];
  // without the database there is nothing to say, and the other metrics are still to be had
  const readTargets = () => readLatest(sql, settings.STALE_SECONDS).catch(() => new Map<string, Latest>());
  new Gauge({
    name: 'taskflow_target_state',
    help: '1 for the state that a target is in, 0 for the others',
    labelNames: ['target', 'state'],
    registers,
    async collect() {
      const targets = await readTargets();
      this.reset();
      for (const [target, latest] of targets) {
        for (const state of STATES) this.set({ target, state }, state === latest.state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'taskflow_target_report_age_seconds',
    help: 'Time since a checker last saw the target',
    labelNames: ['target'],
    registers,
    async collect() {
      const targets = await readTargets();
      this.reset();
      for (const [target, { lastSeen }] of targets) this.set({ target }, (Date.now() - lastSeen.getTime()) / 1000);
    },
  });
}

/** Counts what is received, and how late. */
export class IngestionMetrics {
  readonly eventLag: Gauge;
  readonly events: Counter;
  readonly tooLate: Counter;

  constructor({ telemetry }: Server) {
    const registers = [telemetry.registry];
    this.eventLag = new Gauge({
      name: 'taskflow_event_lag_seconds',
      help: 'Time from the newest change of the last batch to when it was applied',
      registers,
    });
    this.events = new Counter({ name: 'taskflow_events_applied_total', help: 'Changes applied, repeated ones not counted', registers });
    this.tooLate = new Counter({
      name: 'taskflow_observations_too_late_total',
      help: 'Observations older than figures by the minute are kept',
      registers,
    });
  }
}
