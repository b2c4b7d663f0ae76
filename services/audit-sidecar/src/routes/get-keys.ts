import { VerifierKeys } from '@taskflow/contracts/audit';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { formatVerifier } from '../note.ts';
import { responses, serviceKey } from '../responses.ts';

const schema = {
  operationId: 'getKeys',
  summary: 'What verifies the checkpoints, in the form of C2SP signed-note',
  tags: ['tiles'],
  security: serviceKey,
  response: responses({ 200: VerifierKeys }),
};

export function getKeys(app: Server, { signing }: Context): void {
  app.get('/keys', { schema }, async () => {
    const { origin, signers } = signing();
    return { origin, keys: signers.map(formatVerifier) };
  });
}
