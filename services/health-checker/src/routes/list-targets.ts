import { TargetList } from '@taskflow/contracts/reports';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';

const schema = {
  operationId: 'listTargets',
  summary: 'Every target with its state and last result',
  tags: ['targets'],
  response: { 200: TargetList },
};

export function listTargets(app: Server, { probers, reporter }: Context): void {
  app.get('/targets', { schema }, async () => ({ items: probers.map((prober) => prober.status(1)), waiting: reporter.waiting }));
}
