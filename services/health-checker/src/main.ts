import { Client } from '@taskflow/http/client';
import { run } from '@taskflow/http/run';
import { observeSecrets, Secret } from '@taskflow/http/secret';
import { createServer, type Server } from '@taskflow/http/server';
import type { Environment } from '@taskflow/http/settings';
import { ObservationBuffer } from './buffer.ts';
import { Prober } from './prober.ts';
import { Reporter } from './reporter.ts';
import { getTarget } from './routes/get-target.ts';
import { listTargets } from './routes/list-targets.ts';
import { readCheckerSettings } from './settings.ts';
import { ProbeTelemetry } from './telemetry.ts';
import { wait } from './wait.ts';

export async function start(environment: Environment): Promise<Server> {
  const { settings, targets } = readCheckerSettings(environment);
  const key = new Secret(settings.SECRETS_DIR, 'tasks-api-key');
  const server = await createServer({ service: 'health-checker', description: 'What it sees of the other services', settings });
  const { telemetry, log } = server;
  observeSecrets(telemetry, key);

  const metrics = new Client({ target: 'metrics', url: settings.METRICS_URL, key, telemetry });
  const buffer = new ObservationBuffer(settings.BUFFERED_OBSERVATIONS);
  const reporter = new Reporter({
    metrics,
    buffer,
    checker: settings.CHECKER,
    intervalMs: settings.REPORT_INTERVAL_SECONDS * 1000,
    mostMs: settings.REPORT_BACKOFF_SECONDS * 1000,
    log,
  });
  const probeTelemetry = new ProbeTelemetry(telemetry.registry, {
    waiting: () => reporter.waiting,
    summarised: () => buffer.summarised,
  });
  const schedule = {
    intervalMs: settings.PROBE_INTERVAL_SECONDS * 1000,
    mostMs: settings.PROBE_BACKOFF_SECONDS * 1000,
    timeoutMs: settings.PROBE_TIMEOUT_SECONDS * 1000,
    degradedAboveMs: settings.DEGRADED_ABOVE_MS,
  };
  const probers = targets.map(
    (target) =>
      new Prober(target, schedule, log, (observation) => {
        buffer.add(observation);
        probeTelemetry.record(observation);
      }),
  );

  listTargets(server, { probers, reporter });
  getTarget(server, { probers, reporter });

  server.addHook('onReady', async () => {
    for (const prober of probers) prober.start();
    reporter.start();
  });
  server.addHook('onClose', async () => {
    await Promise.all(probers.map((prober) => prober.stop()));
    await reporter.flush(settings.SHUTDOWN_SECONDS * 1000);
    await metrics.close();
    key.close();
  });
  return server;
}

if (import.meta.main) {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) await run(start);
  else if (command === 'wait') {
    // Process 1 of a container ignores a signal that it does not handle; 128 + 15, as a shell has it.
    process.once('SIGTERM', () => process.exit(143));
    process.exitCode = await wait(args, { line: console.log, error: console.error });
  } else {
    console.error(`unknown command ${command}: expected none, which runs the checker, or wait`);
    process.exitCode = 2;
  }
}
