import { AppendAnswer, AppendRequest, type AuditRecord } from '@taskflow/contracts/audit';
import type { Server } from '@taskflow/http/server';
import { ANY_TEXT } from '@taskflow/http/validation';
import type { Context } from '../context.ts';
import { EntryError, encodeEntry, type Leaf } from '../entry.ts';
import { auditProblems } from '../problems.ts';
import { responses, serviceKey } from '../responses.ts';

const schema = {
  operationId: 'appendRecords',
  summary: 'Append records: in this order, durable and signed before the answer, idempotent by record id',
  tags: ['records'],
  security: serviceKey,
  body: { ...AppendRequest, [ANY_TEXT]: true }, // kept to the bit
  response: responses({ 200: AppendAnswer }, 400, 409, 413, 415, 422),
};

/** 256 records of the greatest length, as JSON that escapes every character. */
const MOST_BYTES = 64 * 1024 * 1024;

export function appendRecords(app: Server, { log }: Context): void {
  app.post('/records', { schema, bodyLimit: MOST_BYTES }, async (request) => log.append(request.body.records.map(toLeaf)));
}

function toLeaf(record: AuditRecord): Leaf {
  try {
    return { record, entry: encodeEntry(record) };
  } catch (error) {
    if (error instanceof EntryError) throw auditProblems.record_not_encodable(error.message);
    throw error;
  }
}
