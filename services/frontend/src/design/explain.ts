import type { FieldError } from '@taskflow/contracts/problem';
import { ApiProblem, NoAnswer } from '../api/problem.ts';
import { formatList, type Key, t } from '../i18n/translate.ts';

/** Refusals that people can do something about, by the code that the API gives them. */
const REFUSALS = {
  wrong_credentials: 'session.wrong',
  account_disabled: 'session.disabled',
  too_many_attempts: 'session.slowDown',
  too_many_requests: 'session.slowDown',
  registration_by_invitation: 'session.byInvitation',
  invitation_invalid: 'session.invitationInvalid',
  reset_invalid: 'session.linkInvalid',
  wrong_password: 'problem.wrongPassword',
  email_taken: 'session.taken',
  handle_taken: 'problem.handleTaken',
  weak_password: 'problem.weakPassword',
  invitation_for_another: 'problem.invitationForAnother',
  already_member: 'problem.alreadyMember',
  last_owner: 'problem.lastOwner',
  last_administrator: 'problem.lastAdministrator',
  too_many: 'problem.tooMany',
  project_key_taken: 'project.keyTaken',
  project_archived: 'problem.projectArchived',
  last_column: 'problem.lastColumn',
  too_many_columns: 'problem.tooManyColumns',
  subtask_cycle: 'problem.subtaskCycle',
  dates_reversed: 'problem.datesReversed',
  not_assignable: 'problem.notAssignable',
  related_already: 'problem.relatedAlready',
  related_to_itself: 'problem.relatedToItself',
  label_name_taken: 'problem.labelNameTaken',
  filter_name_taken: 'problem.filterNameTaken',
  attachment_type_refused: 'problem.attachmentTypeRefused',
  recurrence_invalid: 'problem.recurrenceInvalid',
  import_unreadable: 'problem.importUnreadable',
  url_refused: 'problem.urlRefused',
  webhook_disabled: 'problem.webhookDisabled',
  too_many_webhooks: 'problem.tooManyWebhooks',
  precondition_failed: 'problem.changedMeanwhile',
  payload_too_large: 'problem.tooLarge',
} as const;

const FIELD_REFUSALS: Partial<Record<FieldError['code'], Key>> = {
  missing: 'field.missing',
  blank: 'field.missing',
  too_short: 'field.tooShort',
  too_long: 'field.tooLong',
  too_small: 'field.tooSmall',
  too_large: 'field.tooLarge',
  wrong_format: 'field.wrongFormat',
  wrong_pattern: 'field.wrongFormat',
  password_personal: 'field.passwordPersonal',
  password_repetitive: 'field.passwordRepetitive',
  password_common: 'field.passwordCommon',
  url_not_https: 'field.urlNotHttps',
  url_with_credentials: 'field.urlWithCredentials',
  url_with_fragment: 'field.urlWithFragment',
  url_not_reachable: 'field.urlNotReachable',
};

/** What is wrong with one value; in English where there are no words for it yet. */
export function explainField({ code, params, detail }: FieldError): string {
  const key = FIELD_REFUSALS[code];
  if (!key) return detail;
  const values = Object.entries(params ?? {}).map(([name, value]) => [name, Array.isArray(value) ? formatList(value) : value]);
  return t(key as 'field.tooShort', Object.fromEntries(values));
}

/** Why something did not work, and what to do about it. */
export function explain(error: unknown): string {
  if (error instanceof NoAnswer) return t('error.noAnswer');
  if (!(error instanceof ApiProblem)) return t('error.unknown', { reason: String(error) });
  const fields = (error.document.errors ?? []).map(explainField);
  if (error.code in REFUSALS) return [t(REFUSALS[error.code as keyof typeof REFUSALS]), ...fields].join(' ');
  if (error.status === 403) return t('error.forbidden');
  if (error.status === 404) return t('error.gone');
  if (error.status === 429 || error.status === 503 || error.status === 504) return t('error.busy');
  return fields.length > 0 ? fields.join(' ') : t('error.unknown', { reason: error.message });
}
