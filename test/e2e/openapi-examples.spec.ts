import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, strangerOf, type Answer, type ApiClient, type TestTenant } from '../support/api-client';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
}
interface Example {
  readonly value: { readonly detail: string; readonly errors?: readonly { pointer: string; code: string; message: string }[] };
}
interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly security?: readonly unknown[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>
    >;
  };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly examples?: Readonly<Record<string, Example>> }>> }>
  >;
}

/** Stands for an id wherever the document shows one. */
const PLACEHOLDER = '0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11';

describe('examples of the OpenAPI document', () => {
  let aegis: RunningAegis;
  let tenant: TestTenant;
  let operations: readonly (readonly [string, Operation])[];
  let schemas: Readonly<Record<string, Schema>>;

  beforeAll(async () => {
    aegis = await startAegis();
    tenant = await newTenant(aegis.app);
    const document = JSON.parse((await strangerOf(aegis.app).get('/openapi.json')).text) as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Schema> };
    };
    ({ schemas } = document.components);
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    );
  });
  afterAll(() => aegis.close());

  /** What Swagger UI fills in for a body that has no example of its own: every property, by its example, default or type. */
  function sampleOf(schema: Schema): unknown {
    if (schema.$ref !== undefined) return sampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
    if ('example' in schema) return schema.example;
    if ('default' in schema) return schema.default;
    if (schema.enum !== undefined) return schema.enum[0];
    if (schema.properties !== undefined) {
      return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, sampleOf(property)]));
    }
    if (schema.type === 'array') return schema.items === undefined ? [] : [sampleOf(schema.items)];
    if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 0;
    if (schema.type === 'boolean') return true;
    return schema.format === 'uuid' ? PLACEHOLDER : 'string';
  }

  const bodiesOf = ({ requestBody }: Operation): readonly (readonly [string, unknown])[] => {
    const json = requestBody?.content['application/json'];
    if (json === undefined) return [];
    return json.examples === undefined
      ? [['sample', sampleOf(json.schema)]]
      : Object.entries(json.examples).map(([name, { value }]) => [name, value] as const);
  };

  /** To a key and a tenant of its own: some examples suspend what they are sent to. */
  async function send(name: string, { security }: Operation, body: string | undefined, query = ''): Promise<Answer> {
    const own = await newTenant(aegis.app);
    const [method = '', path = ''] = name.split(' ');
    const url = path
      .replace(/\/tenants\/\{id\}/, `/tenants/${own.id}`)
      .replace('{keyId}', own.keyId)
      .replace(/\{[^}]+\}/g, PLACEHOLDER);
    const asker: ApiClient =
      security?.length === 0 ? strangerOf(aegis.app) : path.startsWith('/v1/admin') ? administratorOf(aegis.app) : own.api;
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    return asker.send(method as 'POST', `${url}${query}`, body?.replaceAll(PLACEHOLDER, own.id), { ...headers, 'accept-language': 'en' });
  }

  it('of bodies are taken as they are', async () => {
    const refused: unknown[] = [];
    let sent = 0;
    for (const [name, operation] of operations) {
      for (const [example, body] of bodiesOf(operation)) {
        sent += 1;
        const { status, text } = await send(name, operation, JSON.stringify(body));
        if (status >= 400) refused.push([name, example, status, text.slice(0, 300)]);
      }
    }
    expect(refused).toEqual([]);
    expect(sent).toBeGreaterThan(20);
  });

  it('of what a field can be told are told where that mistake is made', async () => {
    let made = 0;
    for (const [name, operation] of operations) {
      const [problem] =
        operation.responses['400']?.content?.['application/problem+json']?.examples?.['validation_failed']?.value.errors ?? [];
      if (problem === undefined || operation.requestBody?.content['multipart/form-data'] !== undefined || name.includes('ticket')) continue;
      if (name === 'GET /v1/query/stream') continue; // by a ticket, or not at all
      const hasBody = operation.requestBody !== undefined;
      const field = problem.pointer.slice(1);
      const body = problem.code === 'required' ? '{}' : JSON.stringify({ [field]: 1 });
      const { status, body: answer } = await send(name, operation, hasBody ? body : undefined, hasBody ? '' : `?${field}=101`);
      expect([name, status, answer.errors]).toEqual([name, 400, expect.arrayContaining([problem])]);
      made += 1;
    }
    expect(made).toBeGreaterThan(25);
  });

  it('of a lacking scope name the one that is lacking', async () => {
    const { body } = await administratorOf(aegis.app).post(`/admin/tenants/${tenant.id}/api-keys`, {
      name: 'none',
      scopes: ['audit:read'],
    });
    const other = await administratorOf(aegis.app).post(`/admin/tenants/${tenant.id}/api-keys`, { name: 'none', scopes: ['query'] });
    const details: string[] = [];
    for (const [name, operation] of operations) {
      const example = operation.responses['403']?.content?.['application/problem+json']?.examples?.['insufficient_scope']?.value;
      if (example === undefined || name === 'GET /v1/query/stream') continue;
      const [method = '', path = ''] = name.split(' ');
      const key = example.detail.includes('audit:read') ? other.body.key : body.key;
      const url = path.replace(/\{[^}]+\}/g, PLACEHOLDER);
      const answer = await aegis.app.inject({ method: method as 'GET', url, headers: { authorization: `Bearer ${key}` } });
      expect([name, answer.statusCode, (JSON.parse(answer.body) as { detail: string }).detail]).toEqual([name, 403, example.detail]);
      details.push(example.detail);
    }
    expect(new Set(details).size).toBeGreaterThan(5);
  });
});
