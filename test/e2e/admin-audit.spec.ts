import { randomUUID } from 'node:crypto';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, strangerOf, type Answer, type TestTenant } from '../support/api-client';
import { describedOperations, type Operation } from '../support/contract/api-description';
import { OPEN_TIMEOUT_MS } from '../support/database';

interface Entry {
  readonly trail: string;
  readonly type: string;
  readonly actor: { readonly kind: string };
  readonly details: { readonly call?: object; readonly [name: string]: unknown };
}

type Headers = Readonly<Record<string, string>>;
/** Whose trail keeps a call: a tenant's, by its id, or the platform's. */
type TrailOf = (answer: Answer) => string;
interface Case {
  readonly ask: (headers: Headers) => Promise<Answer>;
  readonly trail?: TrailOf;
  /** Kind of the actor, where it is not the platform's. */
  readonly by?: 'admin_token';
}

const PLATFORM = '00000000-0000-0000-0000-000000000000';
/** Entries of what administrators do; the others of a tenant's trail are of documents and queries. */
const OF_ADMINISTRATION = /^(admin|tenant|api_key|administrator|job)\.(?!erased)/;

/** Every operation that an administrator may call, from the OpenAPI document, which is checked to be the one that is served. */
const operations = describedOperations().filter(
  ({ path, securitySchemes }) => path.startsWith('/v1/admin/') || securitySchemes.includes('administrator'),
);
const isTenants = ({ path }: Operation): boolean => !path.startsWith('/v1/admin/');

/** AUD-3, of administration: also on a database that others write to, because entries are found by the id of their request. */
describe('every operation of administration leaves one audit entry a call', () => {
  let aegis: RunningAegis;
  let platform: ApiClient;
  let tenant: TestTenant;
  /** The tenant's administrator, and a key of the tenant that may not administer. */
  let administrator: ApiClient;
  let querying: ApiClient;
  let jobId: string;
  const tenants: string[] = [];

  beforeAll(async () => {
    aegis = await startAegis();
    platform = administratorOf(aegis.app);
    tenant = await aTenant();
    administrator = new ApiClient(aegis.app, (await platform.post('/admin/auth/token', { tenant_id: tenant.id })).body.access_token);
    querying = new ApiClient(aegis.app, (await aKey(['query'])).key);
    await tenant.api.ingest('깨진 문서.pdf', '%PDF-1.7\nnothing that could be read');
    jobId = (await platform.get(`/admin/jobs?state=failed&tenant_id=${tenant.id}`)).body.data[0]?.id ?? '';
  }, OPEN_TIMEOUT_MS);
  afterAll(() => aegis.close());

  async function aTenant(): Promise<TestTenant> {
    const created = await newTenant(aegis.app);
    tenants.push(created.id);
    return created;
  }
  const keys = () => `/admin/tenants/${tenant.id}/api-keys`;
  const aKey = async (scopes: readonly string[]) => (await platform.post(keys(), { name: '보고서', scopes })).body;
  const appoint = (headers: Headers = {}) => {
    const person = { issuer: 'https://login.example.com', subject: randomUUID(), role: 'tenant_admin', tenant_id: tenant.id };
    return platform.post('/admin/administrators', person, headers);
  };

  const entries = async (condition: string, parameter: unknown): Promise<readonly Entry[]> => {
    const rows = await aegis.platform.database.connections.transaction('app_admin', (manager) =>
      manager.query<{ tenant_id: string; canon: Buffer }[]>(`SELECT tenant_id, canon FROM audit_events WHERE ${condition} ORDER BY id`, [
        parameter,
      ]),
    );
    return rows.map(({ tenant_id: trail, canon }) => ({ trail, ...(JSON.parse(canon.toString('utf8')) as Omit<Entry, 'trail'>) }));
  };
  const withText = (text: string) => entries(`position(convert_to($1, 'UTF8') IN canon) > 0`, text);

  /** Asks under a request id of its own, and returns the one entry that names it. */
  async function entryOf(ask: Case['ask']): Promise<{ readonly answer: Answer; readonly entry: Entry; readonly call: object }> {
    const requestId = `audited-${randomUUID()}`;
    const answer = await ask({ 'x-request-id': requestId });
    const found = await withText(requestId);
    expect([answer.status, found.map(({ type }) => type)]).toEqual([answer.status, [expect.any(String)]]);
    const [entry] = found;
    if (entry === undefined) throw new Error('there is no entry');
    return { answer, entry, call: entry.details.call ?? entry.details };
  }

  /** Requests that nobody known made, of all areas. */
  const failures = async (): Promise<number> => {
    const { text } = await strangerOf(aegis.app).get('/metrics');
    return [...text.matchAll(/^aegis_failed_authentications_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  const ofTenant: TrailOf = () => tenant.id;
  /** How each is done. An operation of the document that is not here fails. */
  const cases: Readonly<Record<string, Case>> = {
    'POST /v1/admin/tenants': {
      ask: (headers) => platform.post('/admin/tenants', { name: '새 회사' }, headers),
      trail: ({ body }) => body.id,
    },
    'GET /v1/admin/tenants': { ask: (headers) => platform.get('/admin/tenants', headers) },
    'GET /v1/admin/tenants/{id}': { ask: (headers) => platform.get(`/admin/tenants/${tenant.id}`, headers), trail: ofTenant },
    'PATCH /v1/admin/tenants/{id}': {
      ask: (headers) => platform.patch(`/v1/admin/tenants/${tenant.id}`, { settings: { top_k: 7 } }, headers),
      trail: ofTenant,
    },
    'DELETE /v1/admin/tenants/{id}': {
      ask: async (headers) => platform.delete(`/admin/tenants/${(await aTenant()).id}`, headers),
      trail: () => tenants.at(-1) ?? '',
    },
    'POST /v1/admin/tenants/{id}/api-keys': {
      ask: (headers) => administrator.post(keys(), { name: '보고서', scopes: ['query'] }, headers),
      trail: ofTenant,
      by: 'admin_token',
    },
    'GET /v1/admin/tenants/{id}/api-keys': { ask: (headers) => administrator.get(keys(), headers), trail: ofTenant, by: 'admin_token' },
    'POST /v1/admin/tenants/{id}/api-keys/{keyId}/rotate': {
      ask: async (headers) => platform.post(`${keys()}/${(await aKey(['query'])).id}/rotate`, { overlap_seconds: 0 }, headers),
      trail: ofTenant,
    },
    'DELETE /v1/admin/tenants/{id}/api-keys/{keyId}': {
      ask: async (headers) => platform.delete(`${keys()}/${(await aKey(['query'])).id}`, headers),
      trail: ofTenant,
    },
    'POST /v1/admin/auth/token': { ask: (headers) => platform.post('/admin/auth/token', {}, headers) },
    'GET /v1/admin/administrators': { ask: (headers) => platform.get('/admin/administrators', headers) },
    'POST /v1/admin/administrators': { ask: appoint, trail: ofTenant },
    'DELETE /v1/admin/administrators/{id}': {
      ask: async (headers) => platform.delete(`/admin/administrators/${(await appoint()).body.id}`, headers),
      trail: ofTenant,
    },
    'GET /v1/admin/audit': { ask: (headers) => platform.get('/admin/audit', headers) },
    'GET /v1/admin/usage': { ask: (headers) => platform.get('/admin/usage', headers) },
    'GET /v1/admin/jobs': { ask: (headers) => platform.get('/admin/jobs', headers) },
    'POST /v1/admin/jobs/{id}/retry': {
      ask: (headers) => platform.send('POST', `/admin/jobs/${jobId}/retry`, undefined, headers),
      trail: ofTenant,
    },
    'GET /v1/admin/system': { ask: (headers) => platform.get('/admin/system', headers) },
    'GET /v1/usage': { ask: (headers) => administrator.get('/usage', headers), trail: ofTenant, by: 'admin_token' },
    'GET /v1/usage/records': { ask: (headers) => administrator.get('/v1/usage/records', headers), trail: ofTenant, by: 'admin_token' },
  };

  /** The same for any operation, from its template alone; `query` is what it does not know, or nothing. */
  const sentBy = (api: ApiClient, { method, path }: Operation, query: string) => {
    const values: Readonly<Record<string, string>> = { id: path.includes('/tenants/') ? tenant.id : randomUUID(), keyId: tenant.keyId };
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '').slice('/v1'.length);
    const json = { 'content-type': 'application/json' };
    return (headers: Headers) => api.send(method, `${address}${query}`, method === 'GET' ? undefined : '{}', { ...headers, ...json });
  };
  const routeOf = ({ path }: Operation): string => path.replace(/\{(\w+)\}/g, ':$1');

  it('and each operation of the document that is served is among them', async () => {
    const { paths } = JSON.parse((await strangerOf(aegis.app).get('/openapi.json')).text) as {
      paths: Record<string, Record<string, { readonly security?: readonly object[] }>>;
    };
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { security = [] }]) => path.includes('/admin/') || security.some((scheme) => 'administrator' in scheme))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.map(({ name }) => name).sort()).toEqual(served.sort());
    expect(Object.keys(cases).sort()).toEqual(served.sort());
  });

  describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
    const { method } = operation;

    it('when it is done', async () => {
      const one = cases[name];
      if (one === undefined) throw new Error('nobody knows how this is done');
      const { answer, entry, call } = await entryOf(one.ask);
      expect(answer.status).toBeLessThan(300);
      expect(entry.trail).toBe(one.trail?.(answer) ?? PLATFORM);
      expect(call).toMatchObject({ method, route: routeOf(operation), status: answer.status });
      expect(entry.actor.kind).toBe(one.by ?? 'platform_admin');
    });

    it('when it is asked for by somebody who may not', async () => {
      const [who, trail] = isTenants(operation) ? [platform, PLATFORM] : [querying, tenant.id];
      const { answer, entry, call } = await entryOf(sentBy(who, operation, ''));
      expect([answer.status, entry.type, entry.trail]).toEqual([403, 'admin.call', trail]);
      expect(call).toMatchObject({ method, route: routeOf(operation), status: 403, code: 'insufficient_scope' });
    });

    it('when it is asked for wrongly', async () => {
      const { answer, entry, call } = await entryOf(sentBy(isTenants(operation) ? administrator : platform, operation, '?more=1'));
      const isAboutTenant = isTenants(operation) || operation.path.includes('/tenants/{id}');
      expect([answer.status, entry.type, entry.trail]).toEqual([400, 'admin.call', isAboutTenant ? tenant.id : PLATFORM]);
      expect(call).toMatchObject({ method, route: routeOf(operation), status: 400, code: 'validation_failed' });
    });

    it('and none, but a number, when nobody is known to ask', async () => {
      const [requestId, before] = [`audited-${randomUUID()}`, await failures()];
      expect((await sentBy(strangerOf(aegis.app), operation, '')({ 'x-request-id': requestId })).status).toBe(401);
      expect([await withText(requestId), (await failures()) - before]).toEqual([[], 1]);
    });
  });

  it('when the first answer is given again', async () => {
    const body = { issuer: 'https://login.example.com', subject: randomUUID(), role: 'tenant_admin', tenant_id: tenant.id };
    const ask = (headers: Headers) => platform.post('/admin/administrators', body, { ...headers, 'idempotency-key': body.subject });
    expect((await entryOf(ask)).entry.type).toBe('administrator.appointed');
    const { answer, entry, call } = await entryOf(ask);
    expect([answer.status, answer.headers['idempotency-replayed'], entry.type]).toEqual([201, 'true', 'admin.call']);
    expect(call).toMatchObject({ status: 201, route: '/v1/admin/administrators' });
  });

  it('and no entry is without its call, or shares it with another', async () => {
    const found = (await entries('tenant_id = ANY ($1::uuid[])', tenants)).filter(({ type }) => OF_ADMINISTRATION.test(type));
    const requestIds = found
      .map(({ details }) => ({ ...details, ...details.call }))
      .map((call) => ('request_id' in call ? call['request_id'] : null));
    expect(found.length).toBeGreaterThan(operations.length);
    expect(requestIds).not.toContain(null);
    expect(new Set(requestIds).size).toBe(found.length);
  });
});
