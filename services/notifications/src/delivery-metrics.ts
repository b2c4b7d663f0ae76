import type { Telemetry } from '@taskflow/http/telemetry';
import type { Sql } from '@taskflow/postgres/database';
import { Counter, Gauge } from 'prom-client';

/** @returns the counter of attempts by channel and outcome */
export function deliveryMetrics({ registry }: Telemetry, sql: Sql): Counter<'channel' | 'outcome'> {
  const registers = [registry];
  new Gauge({
    name: 'notifications_pending_deliveries',
    help: 'E-mails and webhook calls that wait to be sent, those put off among them',
    labelNames: ['channel'],
    registers,
    async collect() {
      const [row] = await sql<Array<{ email: number; webhook: number }>>`
        select (select count(*)::int from emails where state = 'pending') as email,
          (select count(*)::int from deliveries where state = 'pending') as webhook`.catch(() => []);
      if (!row) return this.reset(); // the database is away; the other metrics are still worth reading
      this.set({ channel: 'email' }, row.email);
      this.set({ channel: 'webhook' }, row.webhook);
    },
  });
  return new Counter({
    name: 'notifications_delivery_attempts_total',
    help: 'Attempts to send an e-mail or call a webhook, by outcome',
    labelNames: ['channel', 'outcome'],
    registers,
  });
}
