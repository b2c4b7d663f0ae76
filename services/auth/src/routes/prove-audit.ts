import { ConsistencyProof, ConsistencyQuery, InclusionProof, ProofQuery, type VerifierKeys } from '@taskflow/contracts/audit';
import { AuditCheckpoint } from '@taskflow/contracts/auth';
import { IdParams } from '@taskflow/contracts/primitives';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Static } from 'typebox';
import { allows, authorise } from '../authorisation.ts';
import type { Context } from '../context.ts';
import { type Caller, caller } from '../identity.ts';
import { authProblems } from '../problems.ts';
import { responses, signedIn } from '../responses.ts';

/**
 * Hands out the audit log's signed checkpoints and proofs, so that whoever keeps a checkpoint can check later that
 * nothing before it was changed, removed, reordered or put in between. A checkpoint tells nothing of the records, so
 * everyone who may read some of them may have it.
 */
export function proveAudit(app: Server, { sql, auditLog }: Context): void {
  async function ask<T>(path: string): Promise<T> {
    const answer = await auditLog.get<T>(path).catch((cause) => {
      throw authProblems.audit_unavailable({ cause, headers: { 'retry-after': '1' } });
    });
    if (answer.status === 404) throw authProblems.not_yet_logged();
    if (answer.status === 400 || answer.status === 422) throw problems.invalid((answer.body as { detail?: string }).detail ?? {});
    if (answer.status !== 200) throw authProblems.audit_unavailable({ headers: { 'retry-after': '1' } });
    return answer.body;
  }

  app.get(
    '/auth/audit/checkpoint',
    {
      schema: {
        operationId: 'getAuditCheckpoint',
        summary: 'The newest signed checkpoint of the audit log (C2SP), and the keys that verify it',
        tags: ['audit'],
        security: signedIn,
        response: responses({ 200: AuditCheckpoint }, 401, 403, 503),
      },
    },
    async (request) => {
      assertReader(caller(request));
      const [checkpoint, keys] = await Promise.all([ask<string>('/checkpoint'), ask<Static<typeof VerifierKeys>>('/keys')]);
      return { checkpoint, ...keys };
    },
  );

  app.get(
    '/auth/audit/consistency',
    {
      schema: {
        operationId: 'getAuditConsistency',
        summary: 'A proof that one tree is the beginning of a later one (RFC 6962, 2.1.2)',
        tags: ['audit'],
        security: signedIn,
        querystring: ConsistencyQuery,
        response: responses({ 200: ConsistencyProof }, 400, 401, 403, 422, 503),
      },
    },
    async (request) => {
      assertReader(caller(request));
      const { from, to } = request.query;
      return ask<Static<typeof ConsistencyProof>>(`/consistency?from=${from}${to === undefined ? '' : `&to=${to}`}`);
    },
  );

  app.get(
    '/auth/audit/:id/proof',
    {
      schema: {
        operationId: 'getAuditProof',
        summary: 'A proof that a record is in the audit log (RFC 6962, 2.1.1)',
        tags: ['audit'],
        security: signedIn,
        params: IdParams,
        querystring: ProofQuery,
        response: responses({ 200: InclusionProof }, 400, 401, 403, 404, 409, 422, 503),
      },
    },
    async (request) => {
      const { id } = request.params;
      const { treeSize } = request.query;
      const [record] = await sql<Array<{ workspaceId: string | null; leafIndex: string | null }>>`
        select workspace_id as "workspaceId", leaf_index as "leafIndex" from audit_records where id = ${id}`;
      if (!record || !reads(caller(request), record.workspaceId)) throw problems.not_found();
      if (record.leafIndex === null) throw authProblems.not_yet_logged({ headers: { 'retry-after': '1' } });
      return ask<Static<typeof InclusionProof>>(`/records/${id}/proof${treeSize === undefined ? '' : `?treeSize=${treeSize}`}`);
    },
  );
}

const reads = (who: Caller, workspaceId: string | null): boolean =>
  allows('audit.read', who.admin ? 'administrator' : undefined, who) ||
  (workspaceId !== null && allows('workspace-audit.read', who.workspaces[workspaceId], who));

function assertReader(who: Caller): void {
  if (!Object.keys(who.workspaces).some((id) => reads(who, id))) authorise(who, 'audit.read');
}
