import { ProblemDocument } from '@taskflow/contracts/problem';
import { TargetStatus } from '@taskflow/contracts/reports';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';

const schema = {
  operationId: 'getTarget',
  summary: 'One target with its last results',
  tags: ['targets'],
  params: Type.Object({ name: Type.String({ maxLength: 100 }) }),
  response: { 200: TargetStatus, 404: ProblemDocument },
};

export function getTarget(app: Server, { probers }: Context): void {
  app.get('/targets/:name', { schema }, async ({ params }) => {
    const prober = probers.find(({ target }) => target.name === params.name);
    if (!prober) throw problems.not_found();
    return prober.status(Number.POSITIVE_INFINITY);
  });
}
