interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly example?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One place of one operation where text goes in. */
export interface StringInput {
  readonly operation: string;
  readonly method: string;
  /** With `{name}` for each parameter. */
  readonly path: string;
  readonly where: 'path' | 'query' | 'header' | 'body' | 'key' | 'part';
  /** Of a body: the properties and places that lead there. */
  readonly at: readonly (string | number)[];
  /** A body that the operation takes, without what is optional. */
  readonly body: unknown;
  readonly mediaType: string | null;
  /** Of everything else in address and query that must be there. */
  readonly required: readonly string[];
}

/** Headers that every operation reads. */
const HEADERS = ['accept-language', 'x-request-id', 'traceparent', 'idempotency-key', 'if-match', 'if-none-match', 'user-agent', 'accept', 'x-forwarded-for', 'cookie']; // prettier-ignore

/** All string inputs of a document, body fields and their keys however deep, and the headers that are read. */
export function stringInputs(document: OpenApi): readonly StringInput[] {
  const { schemas } = document.components;
  const resolved = (schema: Schema): Schema => {
    const named = schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
    const [first] = named.allOf ?? named.oneOf ?? named.anyOf ?? [];
    return first === undefined ? named : { ...named, ...resolved(first) };
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => inputsOf(path, method.toUpperCase(), operation, resolved)),
  );
}

type Resolve = (schema: Schema) => Schema;

function inputsOf(path: string, method: string, { parameters = [], requestBody }: Operation, resolved: Resolve): readonly StringInput[] {
  const [mediaType = null] = Object.keys(requestBody?.content ?? {});
  const schema = mediaType === null ? undefined : requestBody?.content[mediaType]?.schema;
  const about = { operation: `${method} ${path}`, method, path, mediaType };
  const base = {
    ...about,
    body: schema === undefined ? undefined : sampleOf(schema, resolved),
    required: parameters.flatMap((parameter) => (parameter.required === true && parameter.in === 'query' ? [parameter.name] : [])),
  };
  const inAddress = parameters.flatMap((parameter) =>
    parameter.in === 'path' || parameter.in === 'query' || parameter.in === 'header'
      ? [{ ...base, where: parameter.in, at: [parameter.name] } as const]
      : [],
  );
  const headers = HEADERS.map((name) => ({ ...base, where: 'header', at: [name] }) as const);
  if (schema === undefined || mediaType === null) return [...inAddress, ...headers];
  if (mediaType === 'multipart/form-data') {
    const parts = [...Object.keys(resolved(schema).properties ?? {}), 'file name', 'part name'];
    return [...inAddress, ...headers, ...parts.map((name) => ({ ...base, where: 'part', at: [name] }) as const)];
  }
  const fields = placesOf(schema, resolved, []).map((at) => ({ ...base, where: 'body', at }) as const);
  return [...inAddress, ...headers, ...fields, { ...base, where: 'key', at: [] }];
}

/** Where a string may stand: fields of text, elements of lists of text, and one key of a free object. */
function placesOf(schema: Schema, resolved: Resolve, at: readonly (string | number)[]): readonly (readonly (string | number)[])[] {
  const { type, properties = {}, items } = resolved(schema);
  const types = typeof type === 'string' ? [type] : (type ?? []);
  if (types.includes('array') && items !== undefined) return placesOf(items, resolved, [...at, 0]);
  if (types.includes('string')) return [at];
  return Object.entries(properties).flatMap(([name, property]) => placesOf(property, resolved, [...at, name]));
}

/** The smallest value that the schema takes. */
function sampleOf(schema: Schema, resolved: Resolve): unknown {
  const { type, properties = {}, required = [], items, enum: choices, example, minimum, format } = resolved(schema);
  if (example !== undefined) return example;
  if (choices !== undefined) return choices[0];
  const [first] = typeof type === 'string' ? [type] : (type ?? ['object']);
  switch (first ?? 'object') {
    case 'string':
      return format === 'date-time' ? new Date(Date.now() + 86_400_000).toISOString() : '연차 annual leave';
    case 'integer':
    case 'number':
      return minimum ?? 1;
    case 'boolean':
      return false;
    case 'array':
      return items === undefined ? [] : [sampleOf(items, resolved)];
    default:
      return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {}, resolved)]));
  }
}

/** A copy of `body` with `text` at that place; what leads there is made. */
export function placed(body: unknown, at: readonly (string | number)[], text: string): unknown {
  const [first, ...rest] = at;
  if (first === undefined) return text;
  if (typeof first === 'number') return [placed(Array.isArray(body) ? body[first] : undefined, rest, text)];
  const object = typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Readonly<Record<string, unknown>>) : {};
  return { ...object, [first]: placed(object[first], rest, text) };
}
