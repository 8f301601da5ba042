import type { DocumentedResponse, Operation, Schema } from './api-description';
import type { Expected } from './http-request';
import { closed, errorsOf } from './schema-check';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly text: string;
}

interface Problem {
  readonly type: string;
  readonly status: number;
  readonly code: string;
  readonly instance: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

/** Refusals of a request that is right by its schema: what they depend on is state, time, or two fields together. */
const BEYOND_SCHEMAS = [
  'not_found',
  'conflict',
  'precondition_failed',
  'quota_exceeded',
  'idempotency_in_progress',
  'idempotency_key_reused',
] as const;
const FIELDS_BEYOND_SCHEMAS = [
  / in_future$/,
  / in_past$/,
  /^\?period_end out_of_range$/,
  /^\/settings\/(?:llm|embedding)_model not_allowed$/,
  /^\/tenant_id /,
];

/** Every way in which an answer is not what the document says of the operation, and the case expects; empty when all holds. */
export function faultsOf(operation: Operation, expected: Expected, answer: HttpAnswer): readonly string[] {
  const { status, headers } = answer;
  if (status >= 500) return [`answers ${status}: ${answer.text.slice(0, 200)}`];
  const documented = operation.responses[String(status)];
  const isProblem = mediaTypeOf(answer) === 'application/problem+json';
  if (documented === undefined && !isMethodRefusal(expected, status))
    return [`answers ${status}, which is not documented: ${answer.text.slice(0, 200)}`];
  const required = Object.entries(documented?.headers ?? {}).filter(
    ([name, header]) => header.required === true && headers[name.toLowerCase()] === undefined,
  );
  return [
    ...required.map(([name]) => `has no header ${name}`),
    ...(status >= 400 && !isProblem ? ['is an error but no problem document'] : []),
    ...(documented === undefined ? [] : bodyFaults(documented, answer)),
    ...(isProblem ? problemFaults(documented, answer) : []),
    ...expectationFaults(operation, expected, answer),
  ];
}

const mediaTypeOf = ({ headers }: HttpAnswer): string => String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
const isMethodRefusal = (expected: Expected, status: number): boolean =>
  status === 405 && expected.kind === 'refused' && expected.codes.includes('method_not_allowed');

function bodyFaults({ content }: DocumentedResponse, answer: HttpAnswer): readonly string[] {
  if (content === undefined) return answer.text === '' ? [] : ['has a body where none is documented'];
  const mediaType = mediaTypeOf(answer);
  const schema = (content[mediaType] ?? content['*/*'])?.schema;
  if (schema === undefined) return [`is ${mediaType || 'of no type'}, which is not documented`];
  if (mediaType === 'text/event-stream') return eventsOf(answer.text).flatMap((event) => shapeFaults(schema, event));
  return /[/+]json$/.test(mediaType) && schema.format !== 'binary' ? shapeFaults(schema, answer.text) : [];
}

const closedForms = new WeakMap<Schema, Schema>();

function shapeFaults(schema: Schema, text: string): readonly string[] {
  const form = closedForms.get(schema) ?? closed(schema);
  closedForms.set(schema, form);
  try {
    return errorsOf(form, JSON.parse(text)).map((fault) => `has another shape than documented: ${fault}`);
  } catch {
    return [`is no JSON: ${text.slice(0, 100)}`];
  }
}

/** The `data` of each event. */
function eventsOf(text: string): readonly string[] {
  const events = text.split('\n\n').filter((block) => block.includes('data: '));
  return events.map((block) =>
    block
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice('data: '.length))
      .join('\n'),
  );
}

function problemFaults(documented: DocumentedResponse | undefined, { status, headers, text }: HttpAnswer): readonly string[] {
  const problem = JSON.parse(text) as Problem;
  const codes = Object.keys(documented?.content?.['application/problem+json']?.examples ?? {});
  const id = String(headers['x-request-id']);
  const facts: readonly (readonly [boolean, string])[] = [
    [problem.status === status, 'another status in the body'],
    [codes.length === 0 || codes.includes(problem.code), `the code ${problem.code}, which is not documented for ${status}`],
    [problem.type === `urn:aegis:problem:${problem.code}`, 'a type that is not its code'],
    [problem.request_id === id && problem.instance === `urn:aegis:request:${id}`, 'another request id than its header'],
    [(problem.errors === undefined) === (problem.code !== 'validation_failed'), 'errors without validation_failed, or none with it'],
    [!/node_modules|\n\s+at |SELECT |\.ts:\d|\.js:\d/.test(text), 'something of its inside'],
  ];
  return facts.filter(([holds]) => !holds).map(([, what]) => `is a problem with ${what}`);
}

function expectationFaults(operation: Operation, expected: Expected, { status, text }: HttpAnswer): readonly string[] {
  if (status < 400) return expected.kind === 'served' ? [] : [`answers ${status} where ${expected.codes.join(' or ')} was due`];
  const { code, errors = [] } = JSON.parse(text) as Problem;
  const fields = errors.map((error) => `${error.pointer} ${error.code}`);
  if (expected.kind === 'served') {
    const isBeyond =
      BEYOND_SCHEMAS.some((known) => known === code) ||
      (fields.length > 0 && fields.every((field) => FIELDS_BEYOND_SCHEMAS.some((known) => known.test(field))));
    return isBeyond ? [] : [`refuses what the document allows: ${status} ${code} ${fields.join(', ')}`];
  }
  // The thing, or the ticket, that the address names is looked for before the rest is read.
  const isGone = (code === 'not_found' && operation.path.includes('{')) || (code === 'unauthenticated' && operation.credential === 'none');
  if (isGone && expected.codes.includes('validation_failed')) return [];
  if (!expected.codes.includes(code))
    return [`answers ${status} ${code} where ${expected.codes.join(' or ')} was due: ${fields.join(', ')}`];
  const { pointer } = expected;
  if (pointer === undefined || code !== 'validation_failed') return [];
  const isNamed = errors.some(
    (error) => error.pointer === pointer || pointer.startsWith(`${error.pointer}/`) || error.pointer.startsWith(`${pointer}/`),
  );
  return isNamed ? [] : [`names ${fields.join(', ') || 'no field'} where ${pointer} is wrong`];
}
