import type { FieldProblem } from '@aegis/domain/shared/validation-failed';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemBody } from './problem.dto';
import { PROBLEM_STATUS, type ProblemCode } from './problems/problem-codes';
import { inserted } from './problems/problem-document';
import { ENGLISH } from './problems/problems.en';

const EXAMPLE_PARAMETERS = { limit: '8,000', limitMb: 100 };
const REQUEST_ID = '0f2b6c1e-6a51-4b2c-9b1f-1f6f0b9a7c10';

/** What every authenticated route may answer. */
const EVERYWHERE: readonly ProblemCode[] = [
  'validation_failed',
  'bad_request',
  'unauthenticated',
  'insufficient_scope',
  'tenant_suspended',
  'rate_limited',
  'internal_error',
  'overloaded',
  'shutting_down',
];

/** Documents the errors of a route, with an example of each code; those that every route has come with it. */
export const ApiProblem = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator => documented([...codes, ...EVERYWHERE]);

/** The same for a route that takes JSON and an idempotency key. */
export const ApiKeyedProblem = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator =>
  ApiProblem(
    'malformed_body',
    'validation_failed',
    ...codes,
    'body_too_large',
    'unsupported_media_type',
    'idempotency_in_progress',
    'idempotency_key_reused',
  );

/** The same for a route that asks nobody who they are, and refuses a key in its address all the same. */
export const ApiPublicProblem = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator =>
  documented(['validation_failed', 'bad_request', 'unauthenticated', 'rate_limited', 'internal_error', ...codes]);

function documented(codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    byStatus.set(PROBLEM_STATUS[code], [...(byStatus.get(PROBLEM_STATUS[code]) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({ status, description: ofStatus.map((code) => `\`${code}\``).join(', '), content: problemContent(ofStatus) }),
  );
  return applyDecorators(ApiExtraModels(ProblemBody), ...responses);
}

/** For an answer that has another form besides. */
export const problemContent = (codes: readonly ProblemCode[]) => ({
  [PROBLEM_TYPE]: {
    schema: { $ref: getSchemaPath(ProblemBody) },
    examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
  },
});

/** What is different from one operation to another: filled in when all of them are known. */
interface Particulars {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldProblem[];
}

export const PROBLEM_TYPE = 'application/problem+json';

export function exampleOf(code: ProblemCode, { parameters, errors }: Particulars = {}): object {
  const { title, detail } = ENGLISH.problems[code];
  return {
    type: `urn:aegis:problem:${code}`,
    title,
    status: PROBLEM_STATUS[code],
    detail: inserted(detail, { ...EXAMPLE_PARAMETERS, ...parameters }),
    instance: `urn:aegis:request:${REQUEST_ID}`,
    code,
    request_id: REQUEST_ID,
    ...(errors === undefined ? {} : { errors }),
  };
}
