import { ApiProblem } from '../api/problem.ts';
import { explainField } from '../design/explain.ts';
import { PasswordField } from '../design/Field.tsx';
import { t } from '../i18n/translate.ts';

/** What the API has against the password itself, which is said at its field; undefined when the error is another one. */
export function weakness(error: unknown, name: string): string | undefined {
  const field = error instanceof ApiProblem ? error.field(name) : undefined;
  return field && explainField(field);
}

export function NewPassword({ name, label, error }: { name: string; label: string; error: string | undefined }) {
  return (
    <PasswordField
      label={label}
      name={name}
      autoComplete="new-password"
      minLength={10}
      hint={t('session.passwordHint')}
      error={error}
      required
    />
  );
}
