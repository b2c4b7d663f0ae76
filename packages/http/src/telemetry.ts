import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of one service, in the Prometheus text format. A registry each, so that a test can hold several services. */
export class Telemetry {
  readonly registry = new Registry();
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly inFlight: Gauge;
  readonly clientRequests: Histogram<'target' | 'method' | 'outcome'>;
  readonly clientRetries: Counter<'target'>;
  readonly circuit: Gauge<'target'>;

  constructor(service: string) {
    const registers = [this.registry];
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.requests = new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Requests served, by route pattern',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.inFlight = new Gauge({ name: 'http_server_requests_in_flight', help: 'Requests being served', registers });
    this.clientRequests = new Histogram({
      name: 'http_client_request_duration_seconds',
      help: 'Requests made, by target and outcome',
      labelNames: ['target', 'method', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.clientRetries = new Counter({
      name: 'http_client_retries_total',
      help: 'Attempts after the first',
      labelNames: ['target'],
      registers,
    });
    this.circuit = new Gauge({
      name: 'http_client_circuit_state',
      help: '0 closed, 1 half open, 2 open',
      labelNames: ['target'],
      registers,
    });
  }
  /** A gauge of the service's own; `collect` sets it when it is scraped. */
  gauge<Label extends string = never>(options: {
    name: string;
    help: string;
    labelNames?: Label[];
    collect?: (gauge: Gauge<Label>) => void | Promise<void>;
  }): Gauge<Label> {
    const { collect, ...configuration } = options;
    const gauge: Gauge<Label> = new Gauge({
      ...configuration,
      registers: [this.registry],
      ...(collect ? { collect: () => collect(gauge) } : {}),
    });
    return gauge;
  }
}
