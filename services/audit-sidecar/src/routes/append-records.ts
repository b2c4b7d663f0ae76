import { AppendAnswer, AppendRequest, type AuditRecord } from '@taskflow/contracts/audit';
import { ProblemDocument } from '@taskflow/contracts/problem';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { EntryError, encodeEntry } from '../entry.ts';
import { auditProblems } from '../problems.ts';

const schema = {
  operationId: 'appendRecords',
  summary: 'Append records: in this order, durable and signed before the answer, idempotent by record id',
  tags: ['records'],
  security: [{ serviceKey: [] }],
  body: AppendRequest,
  response: {
    200: AppendAnswer,
    400: ProblemDocument,
    401: ProblemDocument,
    409: ProblemDocument,
    413: ProblemDocument,
    415: ProblemDocument,
    422: ProblemDocument,
    500: ProblemDocument,
    503: ProblemDocument,
  },
};

export function appendRecords(app: Server, { log }: Context): void {
  app.post('/records', { schema, bodyLimit: 20 * 1024 * 1024 }, async ({ body: { records } }) => {
    return log.append({ records, entries: records.map(encode) });
  });
}

function encode(record: AuditRecord): string {
  try {
    return encodeEntry(record);
  } catch (error) {
    if (error instanceof EntryError) throw auditProblems.record_not_encodable(error.message);
    throw error;
  }
}
