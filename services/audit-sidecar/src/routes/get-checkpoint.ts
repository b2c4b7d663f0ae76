import type { Server } from '@taskflow/http/server';
import { Type } from 'typebox';
import type { Context } from '../context.ts';
import { responses, serviceKey } from '../responses.ts';

const note = { schema: Type.String({ description: 'C2SP tlog-checkpoint' }) };
const schema = {
  operationId: 'getCheckpoint',
  summary: 'The newest signed checkpoint (C2SP tlog-tiles)',
  tags: ['tiles'],
  security: serviceKey,
  response: responses({ 200: { description: 'the checkpoint', content: { 'text/plain': note, 'application/json': note } } }),
};

export function getCheckpoint(app: Server, { sql }: Context): void {
  app.get('/checkpoint', { schema }, async (request, reply) => {
    const [newest] = await sql<Array<{ note: string }>>`select note from checkpoints order by size desc limit 1`;
    reply.header('cache-control', 'no-store').header('vary', 'accept');
    if (request.headers.accept === 'application/json') return reply.type('application/json').send(JSON.stringify(newest!.note));
    return reply.type('text/plain; charset=utf-8').send(newest!.note);
  });
}
