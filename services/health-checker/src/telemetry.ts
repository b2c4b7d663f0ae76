import type { HealthObservation } from '@taskflow/contracts/reports';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const STATES = ['up', 'degraded', 'down'] as const;

/** Probe results in the Prometheus text format, at the operational port. */
export class ProbeTelemetry {
  readonly #state: Gauge<'target' | 'state'>;
  readonly #probes: Counter<'target' | 'state'>;
  readonly #duration: Histogram<'target'>;

  constructor(registry: Registry, counts: { waiting: () => number; summarised: () => number }) {
    const registers = [registry];
    this.#state = new Gauge({
      name: 'health_target_state',
      help: '1 for the state that the last probe found, 0 for the others',
      labelNames: ['target', 'state'],
      registers,
    });
    this.#probes = new Counter({ name: 'health_probes_total', help: 'Probes made', labelNames: ['target', 'state'], registers });
    this.#duration = new Histogram({
      name: 'health_probe_duration_seconds',
      help: 'Until the answer, or until it was given up',
      labelNames: ['target'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5],
      registers,
    });
    new Gauge({
      name: 'health_observations_waiting',
      help: 'Observations that metrics does not have yet',
      registers,
      collect() {
        this.set(counts.waiting());
      },
    });
    new Gauge({
      name: 'health_observations_summarised',
      help: 'Observations that became part of a summary because too many waited',
      registers,
      collect() {
        this.set(counts.summarised());
      },
    });
  }

  record({ target, state, latencyMs }: HealthObservation): void {
    for (const other of STATES) this.#state.set({ target, state: other }, other === state ? 1 : 0);
    this.#probes.inc({ target, state });
    this.#duration.observe({ target }, latencyMs / 1000);
  }
}
