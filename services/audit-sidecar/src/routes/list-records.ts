import { type LoggedRecord, RecordPage, RecordQuery } from '@taskflow/contracts/audit';
import { decodeCursor, toPage } from '@taskflow/http/paging';
import { problems } from '@taskflow/http/problem';
import type { Server } from '@taskflow/http/server';
import type { Context } from '../context.ts';
import { hashLeaf } from '../merkle.ts';
import { responses, serviceKey } from '../responses.ts';

const schema = {
  operationId: 'listRecords',
  summary: 'Records by actor, action, workspace, outcome and time, newest first',
  tags: ['records'],
  security: serviceKey,
  querystring: RecordQuery,
  response: responses({ 200: RecordPage }, 400),
};

interface Row {
  leaf_index: string;
  entry: string;
}

export function listRecords(app: Server, { sql }: Context): void {
  app.get('/records', { schema }, async ({ query }) => {
    const { actorId, action, workspaceId, outcome, from, to, cursor, limit = 50 } = query;
    const rows = await sql<Row[]>`
      select leaf_index, entry
      from records
      where true
        ${cursor === undefined ? sql`` : sql`and leaf_index < ${position(cursor)}`}
        ${actorId === undefined ? sql`` : sql`and actor_id = ${actorId}`}
        ${action === undefined ? sql`` : sql`and action = ${action}`}
        ${workspaceId === undefined ? sql`` : sql`and workspace_id = ${workspaceId}`}
        ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
        ${from === undefined ? sql`` : sql`and at >= ${from}::timestamptz`}
        ${to === undefined ? sql`` : sql`and at < ${to}::timestamptz`}
      order by leaf_index desc
      limit ${limit + 1}`;
    return toPage(rows, limit, (row) => [Number(row.leaf_index)], toLogged);
  });
}

function position(cursor: string): number {
  const [index] = decodeCursor(cursor, 1);
  if (!Number.isSafeInteger(index)) throw problems.malformed_request('cursor is not one that this list gave out');
  return index as number;
}

const toLogged = ({ leaf_index, entry }: Row): LoggedRecord => ({
  leafIndex: Number(leaf_index),
  leafHash: hashLeaf(entry).toString('base64'),
  record: JSON.parse(entry),
});
