import type { FieldError, FieldErrorCode } from '@taskflow/contracts/problem';
import type { FastifySchemaValidationError as Violation } from 'fastify/types/schema.js';

type Said = Partial<FieldError> & { code: FieldErrorCode };

/** What Ajv found, as the errors of a problem document. `part` is body, querystring, params or headers. */
export function fieldErrors(violations: Violation[], part: string): FieldError[] {
  return withoutAlternatives(violations).map((violation) => ({
    pointer: `/${part}${pathOf(violation)}`,
    detail: violation.message ?? 'is not valid',
    ...say(violation),
  }));
}

/** A value that may be null breaks every alternative of its anyOf: what counts is what the one that was meant says. */
function withoutAlternatives(violations: Violation[]): Violation[] {
  const said = violations.filter(({ keyword, params }) => keyword !== 'anyOf' && !(keyword === 'type' && params.type === 'null'));
  return said.length > 0 ? said : violations.slice(0, 1);
}

/** What is missing, or one too many, has the pointer that it would have. */
function pathOf({ instancePath, params }: Violation): string {
  const member = params.missingProperty ?? params.additionalProperty;
  return member === undefined ? instancePath : `${instancePath}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function say({ keyword, params }: Violation): Said {
  const limit = params.limit as number;
  switch (keyword) {
    case 'required':
      return { code: 'missing', detail: 'is missing' };
    case 'additionalProperties':
      return { code: 'unknown', detail: 'is not known here' };
    case 'type':
      return { code: 'wrong_type', params: { expected: String(params.type) } };
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      return { code: 'not_allowed', params: { allowed }, detail: `must be one of: ${allowed.join(', ')}` };
    }
    case 'const':
      return {
        code: 'not_allowed',
        params: { allowed: [String(params.allowedValue)] },
        detail: `must be ${JSON.stringify(params.allowedValue)}`,
      };
    case 'minLength':
      return limit === 1 ? { code: 'blank', detail: 'must not be empty' } : { code: 'too_short', params: { min: limit } };
    case 'maxLength':
      return { code: 'too_long', params: { max: limit } };
    case 'format':
      return { code: 'wrong_format', params: { format: String(params.format) } };
    case 'pattern':
      return params.pattern === '\\S'
        ? { code: 'blank', detail: 'must not be blank' }
        : { code: 'wrong_pattern', params: { pattern: String(params.pattern) } };
    case 'minimum':
      return { code: 'too_small', params: { min: limit } };
    case 'maximum':
      return { code: 'too_large', params: { max: limit } };
    case 'minItems':
    case 'minProperties':
      return { code: 'too_few', params: { min: limit } };
    case 'maxItems':
    case 'maxProperties':
      return { code: 'too_many', params: { max: limit } };
    case 'uniqueItems':
      return { code: 'not_unique' };
    case 'nul':
      return { code: 'nul_character', detail: 'must not contain the character U+0000' };
    default:
      return { code: 'invalid' };
  }
}
