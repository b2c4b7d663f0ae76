import { defineProblems } from '@taskflow/http/problem';

/** What auth can answer besides the problems of every service. */
export const authProblems = defineProblems({
  wrong_credentials: { status: 401, title: 'The email address or the password is wrong' },
  wrong_password: { status: 403, title: 'The present password is wrong' },
  account_disabled: { status: 403, title: 'This account is disabled; ask an administrator' },
  session_ended: { status: 401, title: 'The session has ended; sign in again' },
  email_taken: { status: 409, title: 'There is an account with this email address' },
  handle_taken: { status: 409, title: 'Someone else has this handle' },
  weak_password: { status: 422, title: 'Choose another password' },
  too_many_attempts: { status: 429, title: 'Too many attempts; wait a little' },
  registration_by_invitation: { status: 403, title: 'Registering needs an invitation' },
  invitation_invalid: { status: 404, title: 'This invitation does not exist, has expired or has been used' },
  invitation_for_another: { status: 403, title: 'This invitation is for another email address' },
  already_member: { status: 409, title: 'This person is a member already' },
  already_owner: { status: 409, title: 'This person is an owner already' },
  account_inactive: { status: 409, title: 'The account of this person is disabled' },
  last_owner: { status: 409, title: 'A workspace keeps at least one owner' },
  last_administrator: { status: 409, title: 'An installation keeps at least one administrator' },
  reset_invalid: { status: 404, title: 'This link does not exist, has expired or has been used' },
  too_many: { status: 409, title: 'There are too many of these; remove some first' },
  audit_unavailable: { status: 503, title: 'The audit log does not answer at the moment' },
  not_yet_logged: { status: 409, title: 'This record has not reached the audit log yet; try again soon' },
});
