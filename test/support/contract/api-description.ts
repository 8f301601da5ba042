import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../aegis';

/** As much of JSON Schema as our own document uses; references are resolved. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly contentSchema?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, unknown>>;
}

export interface DocumentedResponse {
  readonly content?: Readonly<Record<string, Content>>;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Operation {
  readonly name: string;
  readonly method: Method;
  /** The template, with `{names}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly mediaType: string; readonly schema: Schema; readonly isRequired: boolean } | null;
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
  readonly credential: 'tenant' | 'administrator' | 'none';
  /** Names of all that it takes. */
  readonly securitySchemes: readonly string[];
}

interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> };
  readonly responses: Operation['responses'];
  readonly security?: readonly object[];
}

/** Every operation of the committed OpenAPI document, which the built server is checked to serve. */
export function describedOperations(): readonly Operation[] {
  const document = JSON.parse(readFileSync(join(ROOT, 'docs', 'openapi.json'), 'utf8')) as Record<string, unknown>;
  const paths = resolved(document['paths'], document) as Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, raw]) => operationOf(path, method, raw)));
}

function operationOf(path: string, method: string, { parameters = [], requestBody, responses, security }: RawOperation): Operation {
  const [body] = Object.entries(requestBody?.content ?? {});
  return {
    name: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase() as Method,
    path,
    parameters,
    body: body === undefined ? null : { mediaType: body[0], schema: body[1].schema ?? {}, isRequired: requestBody?.required === true },
    responses,
    credential: security?.length === 0 ? 'none' : path.startsWith('/v1/admin/') ? 'administrator' : 'tenant',
    securitySchemes: (security ?? []).flatMap((schemes) => Object.keys(schemes)),
  };
}

/** The same with every `$ref` replaced by what it points to; our schemas do not contain themselves. */
function resolved(node: unknown, document: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => resolved(item, document));
  if ('$ref' in node && typeof node.$ref === 'string') {
    const target = node.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], document);
    return resolved(target, document);
  }
  return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, resolved(inner, document)]));
}
