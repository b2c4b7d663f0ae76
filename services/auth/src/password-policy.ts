import type { FieldErrorCode } from '@taskflow/contracts/problem';
import { isCommonPassword } from './common-passwords.ts';
import { authProblems } from './problems.ts';

/** What a person's password must have nothing to do with. */
export interface PasswordOwner {
  email: string;
  name: string;
}

/** Characters before or after a common password that do not make it a good one. */
const MOST_DECORATION = 5;

/**
 * NIST SP 800-63B, 3.1.1.2: refuses what is known from leaks, repetitive, sequential, or derived from the account; no
 * rules of composition. The length is the schema's part.
 * @param member of the body that the password is
 * @throws Problem 422 weak_password with the reason
 */
export function assertGoodPassword(password: string, { email, name }: PasswordOwner, member = 'password'): void {
  const weak = (code: FieldErrorCode, detail: string) =>
    authProblems.weak_password({ detail, members: { errors: [{ pointer: `/body/${member}`, code, detail }] } });
  const text = password.normalize('NFKC').toLowerCase();
  const stem = undecorated(text);
  const own = [email, email.split('@')[0]!, name, name.replaceAll(' ', ''), 'taskflow'].map((word) => word.toLowerCase());
  if (own.includes(text) || own.includes(stem)) throw weak('password_personal', 'It is your name or e-mail address, or nearly so');
  if (isRepetitive(text) || isSequential(text)) throw weak('password_repetitive', 'It repeats or counts up a few characters');
  if (isCommonPassword(text) || isCommonPassword(stem)) throw weak('password_common', 'It is among the passwords that attackers try first');
}

/** "dragon2024!" → "dragon"; the text itself when more than a few characters would go. */
function undecorated(text: string): string {
  const stem = text.replace(/^[^\p{L}]{1,5}/u, '').replace(/[^\p{L}]{1,5}$/u, '');
  return text.length - stem.length <= MOST_DECORATION ? stem : text;
}

/** Few different characters, or one short piece again and again. */
function isRepetitive(text: string): boolean {
  if (new Set(text).size < 4) return true;
  return [2, 3, 4, 5].some((length) => {
    const piece = text.slice(0, length);
    return piece.repeat(Math.ceil(text.length / length)).slice(0, text.length) === text;
  });
}

/** "abcdefghij", "9876543210" */
function isSequential(text: string): boolean {
  const steps = Array.from(text.slice(1), (character, index) => character.charCodeAt(0) - text.charCodeAt(index));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}
