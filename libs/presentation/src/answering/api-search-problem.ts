import { ApiProblem } from '../http/api-problem';
import type { ProblemCode } from '../http/problems/problem-codes';

/** Documents what every route that searches may answer: it takes a body and a key, spends, and waits for its turn. */
export const ApiSearchProblem = (...more: readonly ProblemCode[]): MethodDecorator & ClassDecorator =>
  ApiProblem(
    'malformed_body',
    'quota_exceeded',
    'body_too_large',
    'unsupported_media_type',
    'idempotency_in_progress',
    'idempotency_key_reused',
    'token_rate_limited',
    'overloaded',
    'retrieval_unavailable',
    ...more,
  );
