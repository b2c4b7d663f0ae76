import { defineProblems } from '@taskflow/http/problem';

export const auditProblems = defineProblems({
  record_differs: { status: 409, title: 'There is another record with this id in the log' },
  record_not_encodable: { status: 422, title: 'The record cannot be part of the log' },
  record_not_found: { status: 404, title: 'There is no such record in the log' },
  no_such_tree: { status: 422, title: 'There is no such tree to prove it in' },
  log_damaged: { status: 500, title: 'The stored log contradicts what was signed; nothing is appended to it' },
});
