import * as fc from 'fast-check';
import type { Operation, Parameter } from './api-description';
import type { Creations } from './creations';
import { encoded, refused, type Expected, type HttpRequest } from './http-request';
import { rawBodies } from './raw-bodies';
import { errorsOf } from './schema-check';
import { mutantsOf, type Mutant } from './schema-mutants';
import { valid } from './schema-values';
import { keyInAddress, wrongCredentials, type Keys } from './wrong-credentials';

/** What a case tries. A kind that an operation cannot have is served instead. */
export const KINDS = [
  'served',
  'mutant',
  'query',
  'served',
  'raw',
  'credential',
  'mutant',
  'path',
  'served',
  'mutant',
  'accept',
  'method',
] as const;
export type Kind = (typeof KINDS)[number];

const UNKNOWN_ID = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';
const STRANGE_IDS = [
  'nonsense',
  '0',
  'null',
  `${UNKNOWN_ID}x`,
  '00000000-0000-0000-0000-00000000000g',
  'a'.repeat(300),
  'a'.repeat(2_000),
  '%00',
  '%zz',
  '%ff',
  '😀',
  "' OR 1=1 --",
];
const METHODS: readonly Operation['method'][] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADER_TEXT = fc.stringMatching(/^[!-~]{1,40}$/);

/** One request after the other, each from the document alone; the same seed tries the same things. */
export class RequestCases {
  private readonly mutants = new Map<Operation, readonly Mutant[]>();

  constructor(
    private readonly operations: readonly Operation[],
    private readonly creations: Creations,
    private readonly keys: Keys,
  ) {}

  next(operation: Operation, kind: Kind, seed: number): HttpRequest {
    const base = this.served(operation, seed, kind === 'served' || kind === 'accept');
    const variants = this.variantsOf(base, kind, seed);
    return variants.length === 0 ? base : pick(fc.constantFrom(...variants), seed);
  }

  private variantsOf(base: HttpRequest, kind: Kind, seed: number): readonly HttpRequest[] {
    switch (kind) {
      case 'served':
        return [];
      case 'mutant':
        return base.operation.body === null ? wrongQueries(base) : [this.mutated(base, seed)];
      case 'query':
        return wrongQueries(base);
      case 'raw':
        return rawBodies(base);
      case 'credential':
        return base.operation.credential === 'none' ? [keyInAddress(base, 'api_key', this.keys.tenant)] : wrongCredentials(base, this.keys);
      case 'path':
        return wrongPaths(base);
      case 'accept':
        return ['application/xml', 'text/html', 'nonsense', '*/*;q=0', 'text/csv'].map((accept) => ({
          ...base,
          what: `accept ${accept}`,
          headers: { ...base.headers, accept, 'accept-language': 'ko' },
        }));
      case 'method':
        return this.otherMethods(base);
    }
  }

  /** A request that is right; only one that is meant to be served uses up what can be used once. */
  private served(operation: Operation, seed: number, isMeant: boolean): HttpRequest {
    const luck = pick(fc.double({ min: 0, max: 0.999, noNaN: true }), seed);
    const pathValues = this.creations.valuesFor(operation.path, luck) ?? unknownValues(operation);
    const given = operation.parameters.filter(
      (parameter) => parameter.required === true || pick(fc.nat(3), seed + parameter.name.length) === 0,
    );
    const nextPage = luck < 0.5 ? this.creations.nextPage(operation, pathValues, luck) : null;
    const once = this.singleUse(operation, isMeant);
    const body = operation.body === null ? undefined : pick(valid(operation.body.schema), seed);
    const { headers, payload } = encoded(operation, body);
    const ofHeaders = given
      .filter((parameter) => parameter.in === 'header')
      .map(({ name, schema }) => [name.toLowerCase(), headerValue(schema, seed)] as const);
    const key = operation.credential === 'none' ? {} : { authorization: `Bearer ${this.keys[operation.credential]}` };
    return {
      operation,
      what: 'valid',
      method: operation.method,
      pathValues,
      query: nextPage === null ? given.flatMap((parameter) => queryOf(parameter, once, seed)) : Object.entries(nextPage),
      headers: { ...key, ...headers, ...Object.fromEntries(ofHeaders) },
      payload,
      expected: once === null ? { kind: 'served' } : once.expected,
    };
  }

  /** A parameter that must be there is something that was given out before, for one use: a ticket. */
  private singleUse({ parameters }: Operation, isMeant: boolean): SingleUse | null {
    const parameter = parameters.find(({ in: place, required }) => place === 'query' && required === true);
    if (parameter === undefined) return null;
    const value = isMeant ? this.creations.taken(parameter.name) : null;
    return {
      name: parameter.name,
      value: value ?? 'given-to-nobody',
      expected: value === null ? refused(['unauthenticated']) : { kind: 'served' },
    };
  }

  /** For each object in the body, at any depth: a right body with one field in it that nobody described. */
  unknownFields(operation: Operation, seed: number): readonly HttpRequest[] {
    const base = this.served(operation, seed, false);
    return this.mutantsOf(operation)
      .filter(({ what }) => what.endsWith('unknown_field'))
      .map((mutant, at) => mutatedBy(base, mutant, seed + at));
  }

  private mutated(base: HttpRequest, seed: number): HttpRequest {
    const known = this.mutantsOf(base.operation);
    // First the sort of mistake: there are many fields for each, and an unknown one is as important as all wrong types together.
    const sort = pick(fc.constantFrom(...new Set(known.map((mutant) => mutant.what))), seed);
    return mutatedBy(base, pick(fc.constantFrom(...known.filter((mutant) => mutant.what === sort)), seed + 1), seed);
  }

  private mutantsOf(operation: Operation): readonly Mutant[] {
    const { schema, mediaType } = operation.body ?? { schema: {}, mediaType: '' };
    const known = this.mutants.get(operation) ?? mutantsOf(schema).filter(({ what }) => !isForm(mediaType) || what !== 'wrong_type');
    this.mutants.set(operation, known);
    return known;
  }

  private otherMethods(base: HttpRequest): readonly HttpRequest[] {
    const known = this.operations.filter(({ path }) => path === base.operation.path).map(({ method }) => method);
    const others = METHODS.filter((method) => !known.includes(method));
    return others.map((method) => ({
      ...base,
      what: `method ${method}`,
      method,
      query: [],
      payload: null,
      expected: refused(['method_not_allowed']),
    }));
  }
}

function mutatedBy(base: HttpRequest, { what, pointer, value }: Mutant, seed: number): HttpRequest {
  const { operation } = base;
  const expected =
    isForm(operation.body?.mediaType ?? '') && what === 'missing'
      ? refused(['file_missing'])
      : refused(
          ['validation_failed', ...(what === 'too_long' ? ['query_too_long'] : []), ...(pointer.endsWith('_id') ? ['not_found'] : [])],
          pointer,
        );
  return { ...base, what: `${pointer || '/'} ${what}`, payload: encoded(operation, pick(value, seed)).payload, expected };
}

const isForm = (mediaType: string): boolean => mediaType.startsWith('multipart/');

/** One value of many, by the seed. The later of a few: the first ones that the library gives are simple. */
function pick<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  const value = fc.sample(arbitrary, { seed, numRuns: 4 }).at(-1);
  return value as T; // numRuns is not zero
}

interface SingleUse {
  readonly name: string;
  readonly value: string;
  readonly expected: Expected;
}

function queryOf({ in: place, name, schema }: Parameter, once: SingleUse | null, seed: number): readonly (readonly [string, string])[] {
  if (place !== 'query' || name === 'cursor') return [];
  return [[name, once?.name === name ? once.value : String(pick(valid(schema), seed + name.length))]];
}

const headerValue = (schema: Parameter['schema'], seed: number): string =>
  schema.pattern === undefined && schema.format === undefined ? pick(HEADER_TEXT, seed) : String(pick(valid(schema), seed));

const unknownValues = ({ parameters }: Operation): Record<string, string> =>
  Object.fromEntries(
    parameters.filter((one) => one.in === 'path').map(({ name, schema }) => [name, schema.format === 'uuid' ? UNKNOWN_ID : '없는 규정.md']),
  );

function wrongPaths(base: HttpRequest): readonly HttpRequest[] {
  const parameters = base.operation.parameters.filter((one) => one.in === 'path');
  return parameters.flatMap(({ name, schema }) => {
    const values = schema.format === 'uuid' ? [UNKNOWN_ID, ...STRANGE_IDS] : ['없는 규정.md', ...STRANGE_IDS.slice(1)];
    return values.map((value) => ({
      ...base,
      what: `{${name}} ${value.slice(0, 50)}`,
      pathValues: { ...base.pathValues, [name]: value },
      expected: refused(value.startsWith('%') || value.length > 1_000 ? ['not_found', 'bad_request'] : ['not_found']),
    }));
  });
}

function wrongQueries(base: HttpRequest): readonly HttpRequest[] {
  const parameters = base.operation.parameters.filter((one) => one.in === 'query');
  const asked = (what: string, query: HttpRequest['query'], expected: Expected) => ({ ...base, what, query, expected });
  const isRequired = (name: string) => parameters.some((one) => one.name === name && one.required === true);
  /** What is right may still not go together: only what must be there stands beside what is wrong. */
  const without = (name: string) => base.query.filter(([other]) => other !== name && isRequired(other));
  return [
    asked('?unknown', [...without('unknown'), ['unknown', '1']], refused(['validation_failed'], '?unknown')),
    ...parameters.flatMap(({ name, schema }) => {
      const codes =
        name === 'cursor' ? ['invalid_cursor', 'validation_failed'] : name === 'ticket' ? ['unauthenticated'] : ['validation_failed'];
      const wrong = wrongTexts(schema, name === 'cursor' || name === 'ticket');
      return [
        ...wrong.map((text) => asked(`?${name}=${text.slice(0, 30)}`, [...without(name), [name, text]], refused(codes, `?${name}`))),
        asked(`?${name} twice`, [...without(name), [name, '1'], [name, '1']], refused(codes, `?${name}`)),
      ];
    }),
  ];
}

/** Texts in a query string that the schema of the parameter does not allow. */
function wrongTexts(schema: Parameter['schema'], isSigned: boolean): readonly string[] {
  const candidates = [
    '',
    'nonsense',
    '0',
    '-1',
    '1.5',
    '101',
    '1e9',
    '99999999999999999999',
    ' 5',
    '0x10',
    'TRUE',
    '2024-13-01',
    '2024-02-30',
    'x'.repeat((schema.maxLength ?? 300) + 1),
    'a\u0000b',
  ];
  const read = (text: string): unknown => {
    if (schema.type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text;
    return schema.type === 'boolean' ? (text === 'true' ? true : text === 'false' ? false : text) : text;
  };
  return candidates.filter((text) => isSigned || text.includes('\u0000') || errorsOf(schema, read(text)).length > 0);
}
