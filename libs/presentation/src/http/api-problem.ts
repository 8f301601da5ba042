import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemBody } from './problem.dto';
import { PROBLEM_STATUS, type ProblemCode } from './problems/problem-codes';
import { inserted } from './problems/problem-document';
import { ENGLISH } from './problems/problems.en';

const EXAMPLE_PARAMETERS = { limit: '8,000', limitMb: 100, scope: 'query' };
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
  'shutting_down',
];

/** Documents the errors of a route, with an example of each code; those that every route has come with it. */
export const ApiProblem = (...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator => documented([...codes, ...EVERYWHERE]);

/** The same for a route that asks nobody who they are. */
export const ApiPublicProblem = (): MethodDecorator & ClassDecorator =>
  documented(['validation_failed', 'bad_request', 'rate_limited', 'internal_error']);

function documented(codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set(codes)) {
    byStatus.set(PROBLEM_STATUS[code], [...(byStatus.get(PROBLEM_STATUS[code]) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({
      status,
      description: ofStatus.map((code) => `\`${code}\``).join(', '),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemBody) },
          examples: Object.fromEntries(ofStatus.map((code) => [code, { value: exampleOf(code) }])),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemBody), ...responses);
}

function exampleOf(code: ProblemCode): object {
  const { title, detail } = ENGLISH.problems[code];
  return {
    type: `urn:aegis:problem:${code}`,
    title,
    status: PROBLEM_STATUS[code],
    detail: inserted(detail, EXAMPLE_PARAMETERS),
    instance: `urn:aegis:request:${REQUEST_ID}`,
    code,
    request_id: REQUEST_ID,
    ...(code === 'validation_failed'
      ? { errors: [{ pointer: '/top_k', code: 'out_of_range', message: 'top_k must not be greater than 50' }] }
      : {}),
  };
}
