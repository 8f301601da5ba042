import type { FieldProblem } from '@aegis/domain/shared/validation-failed';
import type { OpenAPIObject } from '@nestjs/swagger';
import { SCOPE_EXTENSION } from './access';
import { exampleOf, PROBLEM_TYPE } from './api-problem';
import type { FieldCode } from './problems/problem-codes';
import { ENGLISH } from './problems/problems.en';

type Paths = OpenAPIObject['paths'][string];
type Operation = NonNullable<Paths['get']>;
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Header = Readonly<{ description: string; required: boolean; schema: object; example: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const text = (description: string, example: string, required = true): Header => ({
  description,
  required,
  schema: { type: 'string' },
  example,
});
/** Each written once, under `components`. */
const HEADERS = {
  RequestId: text('Names this request: your own id, or a new one.', '0f2b6c1e-6a51-4b2c-9b1f-1f6f0b9a7c10'),
  RateLimitPolicy: text('Requests `q` in `w` seconds.', '"requests";q=20;w=2'),
  RateLimit: text('What remains, and in how many seconds all of it is back.', '"requests";r=19;t=1'),
  Scheme: text('The scheme that is asked for.', 'Bearer'),
  RetryAfter: text('Seconds.', '1'),
  MayRetryAfter: text('Seconds.', '5', false),
} as const;
const reference = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });
const REQUEST_ID = { 'X-Request-Id': reference('RequestId') };
const RATE_LIMIT = { 'RateLimit-Policy': reference('RateLimitPolicy'), RateLimit: reference('RateLimit') };
const OF_STATUS: Readonly<Record<string, Readonly<Record<string, ReturnType<typeof reference>>>>> = {
  '401': { 'WWW-Authenticate': reference('Scheme') },
  '429': { 'Retry-After': reference('RetryAfter') },
  '503': { 'Retry-After': reference('MayRetryAfter') },
};
/** Answers that may come before it is known who asks. */
const BEFORE_AUTHENTICATION = /^(?:400|401|429|5\d\d)$/;

/** Says of every operation what holds for all of them: headers, the form of ids, and that no body takes a field that is not there. */
export function withConventions(document: OpenAPIObject): OpenAPIObject {
  document.components = { ...document.components, headers: { ...document.components?.headers, ...HEADERS } };
  for (const path of Object.values(document.paths)) {
    for (const operation of METHODS.flatMap((method) => path[method] ?? [])) {
      documentHeaders(operation);
      documentIds(operation);
      giveExamples(document, operation);
      closeBody(document, operation.requestBody);
    }
  }
  return document;
}

function documentHeaders({ responses, security }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    if (response === undefined || '$ref' in response) continue;
    const isAuthenticated = security?.length !== 0 && !BEFORE_AUTHENTICATION.test(status);
    response.headers = { ...response.headers, ...REQUEST_ID, ...(isAuthenticated ? RATE_LIMIT : {}), ...OF_STATUS[status] };
  }
}

/** Of the problems that look different wherever they come. */
function giveExamples(document: OpenAPIObject, operation: Operation): void {
  const scope = (operation as { readonly [SCOPE_EXTENSION]?: string })[SCOPE_EXTENSION];
  for (const response of Object.values(operation.responses)) {
    const examples = response === undefined || '$ref' in response ? undefined : response.content?.[PROBLEM_TYPE]?.examples;
    if (examples === undefined) continue;
    if ('insufficient_scope' in examples && scope !== undefined) {
      examples['insufficient_scope'] = { value: exampleOf('insufficient_scope', { parameters: { scope } }) };
    }
    if ('validation_failed' in examples) {
      examples['validation_failed'] = { value: exampleOf('validation_failed', { errors: [wrongInput(document, operation)] }) };
    }
  }
}

/** A mistake that can be made here: a field that is missing, one too many, or an unknown parameter. */
function wrongInput(document: OpenAPIObject, { requestBody, parameters = [] }: Operation): FieldProblem {
  const content = requestBody === undefined || '$ref' in requestBody ? undefined : requestBody.content['application/json'];
  if (content?.schema !== undefined) {
    const schema = '$ref' in content.schema ? document.components?.schemas?.[content.schema.$ref.split('/').pop() ?? ''] : content.schema;
    const [required] = schema !== undefined && 'required' in schema ? (schema.required ?? []) : [];
    return required === undefined ? problemOf('/unknown', 'unknown_field') : problemOf(`/${required}`, 'required');
  }
  const hasLimit = parameters.some((parameter) => 'name' in parameter && parameter.name === 'limit');
  return hasLimit
    ? { pointer: '?limit', code: 'out_of_range', message: 'limit must not be greater than 100' }
    : problemOf('?unknown', 'unknown_field');
}

const problemOf = (pointer: string, code: FieldCode): FieldProblem => ({ pointer, code, message: ENGLISH.fields[code] });

/** Every variable part of an address is an id, but for the names of files. */
function documentIds({ parameters }: Operation): void {
  for (const parameter of parameters ?? []) {
    if ('$ref' in parameter || parameter.in !== 'path' || !/^(?:id|.*(?:Id|_id))$/.test(parameter.name)) continue;
    parameter.schema = { format: 'uuid', ...parameter.schema };
  }
}

/** An unknown field is refused wherever it stands, unless a schema says that others are welcome. */
function closeBody(document: OpenAPIObject, node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ('$ref' in node && typeof node.$ref === 'string') {
    const schema = document.components?.schemas?.[node.$ref.split('/').pop() ?? ''];
    if (schema !== undefined && !isClosed(schema)) closeBody(document, schema);
    return;
  }
  if ('properties' in node && !('additionalProperties' in node)) Object.assign(node, { additionalProperties: false });
  for (const inner of Object.values(node)) closeBody(document, inner);
}

const isClosed = (schema: Schema): boolean => 'additionalProperties' in schema;
