import { defineProblems } from '@taskflow/http/problem';

/** What only this service answers. */
export const problems = defineProblems({
  no_webhook: { status: 404, title: 'There is no such webhook' },
  no_delivery: { status: 404, title: 'This webhook has no such delivery' },
  no_workspace: { status: 404, title: 'There is no such workspace' },
  owners_only: { status: 403, title: 'Only owners and admins of the workspace may manage its webhooks' },
  too_many_mutes: { status: 422, title: 'Too many tasks and projects are muted: unmute some first' },
  too_many_webhooks: { status: 422, title: 'This workspace has as many webhooks as it may have' },
  too_many_streams: { status: 429, title: 'You have too many streams open' },
  unknown_time_zone: { status: 422, title: 'This time zone is not known: use a name such as Europe/Berlin' },
  url_refused: { status: 422, title: 'Webhooks cannot be sent to this address' },
  webhook_disabled: { status: 409, title: 'This webhook is disabled: enable it first' },
  delivery_pending: { status: 409, title: 'This delivery is under way already' },
  bad_link: { status: 400, title: 'This link is not valid' },
});
