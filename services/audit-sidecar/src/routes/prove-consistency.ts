import { ConsistencyProof, ConsistencyQuery } from '@taskflow/contracts/audit';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { consistencyPath } from '../merkle.ts';
import { auditProblems } from '../problems.ts';
import { readHashes } from '../read-hashes.ts';
import { responses, serviceKey } from '../responses.ts';

const schema = {
  operationId: 'proveConsistency',
  summary: 'A proof that one tree is the beginning of a later one (RFC 6962, 2.1.2)',
  tags: ['proofs'],
  security: serviceKey,
  querystring: ConsistencyQuery,
  response: responses({ 200: ConsistencyProof }, 400, 422),
};

export function proveConsistency(app: Server, { sql }: Context): void {
  app.get('/consistency', { schema }, async ({ query }) => {
    const [head] = await sql<Array<{ size: string }>>`select size from checkpoints order by size desc limit 1`;
    const size = Number(head?.size);
    const { from, to = size } = query;
    if (to > size) throw auditProblems.no_such_tree(`The log has ${size} records`);
    if (from > to) throw auditProblems.no_such_tree(`The tree of size ${from} is not the beginning of the smaller one of size ${to}`);
    const [hashes, [signed]] = await Promise.all([
      readHashes(sql, consistencyPath(from, to)),
      sql<Array<{ note: string }>>`select note from checkpoints where size = ${to}`,
    ]);
    return { from, to, hashes: hashes.map((hash) => hash.toString('base64')), checkpoint: signed?.note ?? null };
  });
}
