import { ProviderError } from '@aegis/application/providers/provider-error';
import { DomainError, type ErrorKind } from '@aegis/domain/shared/domain-error';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import { HttpException } from '@nestjs/common';
import { HttpProblem } from './http-problem';
import { isProblemCode, type ProblemCode } from './problem-codes';

/** What each sort of "no" is in HTTP, where the error's own code is not one of the contract. */
const CODE_OF_KIND: Readonly<Record<ErrorKind, ProblemCode>> = {
  invalid: 'validation_failed',
  unauthenticated: 'unauthenticated',
  payment_required: 'quota_exceeded',
  forbidden: 'insufficient_scope',
  not_found: 'not_found',
  conflict: 'conflict',
  too_large: 'body_too_large',
  unsupported: 'unsupported_media_type',
  unprocessable: 'file_corrupt',
  too_many_requests: 'rate_limited',
  unavailable: 'overloaded',
  storage_full: 'storage_full',
};
/** Fastify's parser errors, by their code; others go by their status. */
const CODE_OF_FASTIFY: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
};
const CODE_OF_STATUS: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthenticated',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'overloaded',
};
const RETRY_SOON = { 'retry-after': '5' };
const MEGABYTE = 1_048_576;

/** The one place where an error becomes an HTTP answer. What is not known here is a bug of ours: 500, and nothing of it is shown. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof ValidationFailed) return new HttpProblem('validation_failed', { errors: error.problems, cause: error });
  if (error instanceof DomainError) return ofDomain(error);
  if (error instanceof ProviderError) return new HttpProblem('retrieval_unavailable', { headers: RETRY_SOON, cause: error });
  return ofFramework(error) ?? new HttpProblem('internal_error', { cause: error });
}

function ofDomain(error: DomainError): HttpProblem {
  const code = isProblemCode(error.code) ? error.code : CODE_OF_KIND[error.kind];
  return new HttpProblem(code, { headers: { ...headersOf(code), ...retryAfterOf(error) }, parameters: parametersOf(error), cause: error });
}

function retryAfterOf(error: DomainError): Readonly<Record<string, string>> {
  return 'retryAfterSeconds' in error && typeof error.retryAfterSeconds === 'number'
    ? { 'retry-after': String(error.retryAfterSeconds) }
    : {};
}

function headersOf(code: ProblemCode): Readonly<Record<string, string>> {
  if (code === 'unauthenticated') return { 'www-authenticate': 'Bearer' };
  if (code === 'idempotency_in_progress') return { 'retry-after': '1' };
  return code === 'retrieval_unavailable' || code === 'overloaded' ? RETRY_SOON : {};
}

/** Numbers and short words that an error carries for its text, e.g. `limit` or `scope`. */
function parametersOf(error: DomainError): Record<string, string | number> {
  const parameters: Record<string, string | number> = {};
  if ('limit' in error && typeof error.limit === 'number') parameters['limit'] = error.limit.toLocaleString('en-US');
  if ('limitBytes' in error && typeof error.limitBytes === 'number') parameters['limitMb'] = Math.floor(error.limitBytes / MEGABYTE);
  if ('scope' in error && typeof error.scope === 'string') parameters['scope'] = error.scope;
  return parameters;
}

/** Errors of Fastify, or of Nest around them; only refusals (4xx) are theirs to make. */
function ofFramework(error: unknown): HttpProblem | null {
  if (!(error instanceof Error)) return null;
  const origin = error.cause instanceof Error ? error.cause : error;
  const status = statusOf(error) ?? statusOf(origin);
  if (status === undefined || ((status < 400 || status >= 500) && status !== 503)) return null;
  const fastifyCode = 'code' in origin && typeof origin.code === 'string' ? origin.code : '';
  const code = CODE_OF_FASTIFY[fastifyCode] ?? CODE_OF_STATUS[status] ?? 'bad_request';
  return new HttpProblem(code, { headers: headersOf(code), cause: error });
}

function statusOf(error: Error): number | undefined {
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  return error instanceof HttpException ? error.getStatus() : undefined;
}
