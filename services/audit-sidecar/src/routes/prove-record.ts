import { InclusionProof, ProofQuery } from '@taskflow/contracts/audit';
import { IdParams } from '@taskflow/contracts/primitives';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { hashLeaf, inclusionPath } from '../merkle.ts';
import { auditProblems } from '../problems.ts';
import { readHashes } from '../read-hashes.ts';
import { responses, serviceKey } from '../responses.ts';

const schema = {
  operationId: 'proveRecord',
  summary: 'A proof that the record is in a signed tree (RFC 6962, 2.1.1)',
  tags: ['proofs'],
  security: serviceKey,
  params: IdParams,
  querystring: ProofQuery,
  response: responses({ 200: InclusionProof }, 400, 404, 422),
};

export function proveRecord(app: Server, { sql }: Context): void {
  app.get('/records/:id/proof', { schema }, async ({ params, query }) => {
    const [row] = await sql<Array<{ leaf_index: string; entry: string; size: string | null; note: string | null }>>`
      select leaf_index, entry, size, note
      from records
      left join lateral (
        select size, note from checkpoints
        where ${query.treeSize === undefined ? sql`true` : sql`size = ${query.treeSize}`}
        order by size desc limit 1
      ) as checkpoint on true
      where id = ${params.id}`;
    if (!row) throw auditProblems.record_not_found();
    const [leafIndex, treeSize] = [Number(row.leaf_index), Number(row.size)];
    if (row.note === null) throw auditProblems.no_such_tree(`No tree of size ${query.treeSize} was signed`);
    if (leafIndex >= treeSize)
      throw auditProblems.no_such_tree(`The record is not among the first ${treeSize}: it has the index ${leafIndex}`);
    const hashes = await readHashes(sql, inclusionPath(leafIndex, treeSize));
    return {
      leafIndex,
      leafHash: hashLeaf(row.entry).toString('base64'),
      entry: row.entry,
      treeSize,
      hashes: hashes.map((hash) => hash.toString('base64')),
      checkpoint: row.note,
    };
  });
}
