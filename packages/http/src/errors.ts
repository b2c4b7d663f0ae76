import type { FastifyError } from 'fastify';
import { ClientError } from './client-error.ts';
import { fieldErrors } from './field-errors.ts';
import { Problem, problems } from './problem.ts';

/**
 * What PostgreSQL and its client say when the database is not there or has no time: it refuses or breaks connections
 * (class 08), shuts down or starts (57P0x), has no connection or memory left (class 53), ends a statement or the wait for
 * a lock at its limit, or gave up on a transaction for a conflict. Nothing of it is the request's fault.
 * https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const DATABASE_AWAY = /^(08\w{3}|53\w{3}|57P0\d|57014|55P03|40001|40P01|25P0[34]|CONNECT(ION)?_\w+|ECONN\w+|EPIPE|ETIMEDOUT)$/;

/** Maps what handlers, Fastify and its parsers throw to a problem; anything unknown is a 500 that tells nothing. */
export function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  const { code, validation, statusCode } = error as Partial<FastifyError>;
  if (validation) return validationProblem(error as FastifyError);
  if (error instanceof ClientError) {
    return error.kind === 'timeout' ? problems.deadline_exceeded({ cause: error }) : unavailable(error);
  }
  if (typeof code === 'string' && DATABASE_AWAY.test(code)) return unavailable(error);
  switch (statusCode) {
    case 400:
      return problems.malformed_request({
        detail: code === 'FST_ERR_CTP_INVALID_JSON_BODY' || !code ? 'The body is not valid JSON' : error.message,
      });
    case 413:
      return problems.payload_too_large();
    case 414:
      return problems.malformed_request('A part of the path is too long');
    case 415:
      return problems.unsupported_media_type();
    case 503:
      return unavailable(error);
    default:
      return problems.internal({ cause: error });
  }
}

const unavailable = (cause: Error): Problem => problems.unavailable({ headers: { 'retry-after': '1' }, cause });

function validationProblem({ validation = [], validationContext = 'body' }: FastifyError): Problem {
  const errors = fieldErrors(validation, validationContext);
  return problems.malformed_request({
    detail: errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '),
    members: { errors },
  });
}
