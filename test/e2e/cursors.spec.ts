import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, type ApiClient, type TestTenant } from '../support/api-client';
import { describedOperations } from '../support/contract/api-description';

/** More than one chunk, and not many: embedding takes the machine's time. */
const LONG = [
  '# 안내',
  ...['검진', '연차', '출장'].map((word) => `## ${word}\n\n${`${word} 안내는 총무부가 10월에 한다. `.repeat(30)}`),
].join('\n\n');

interface List {
  /** What the OpenAPI document calls it. */
  readonly operation: string;
  readonly api: ApiClient;
  readonly other: ApiClient;
  readonly path: string;
  readonly filtered: string | null;
}

/** Every list of the product, each with at least two entries: two pages of one. */
describe('cursors', () => {
  let aegis: RunningAegis;
  let lists: Readonly<Record<string, List>>;
  let tenant: TestTenant;

  beforeAll(async () => {
    aegis = await startAegis();
    tenant = await newTenant(aegis.app);
    const [other, administrator] = [await newTenant(aegis.app), administratorOf(aegis.app)];
    const document = await tenant.api.ingest('안내.md', LONG);
    await tenant.api.ingest('둘째.md', '# 둘째\n\n연차는 15일이다.');
    for (const query of ['연차', '건강검진']) await tenant.api.post('/query', { query });
    for (const name of ['second', 'third']) {
      await administrator.post(`/admin/tenants/${tenant.id}/api-keys`, { name, scopes: ['query'] });
      await administrator.post(`/admin/tenants/${other.id}/api-keys`, { name, scopes: ['query'] });
      const person = { issuer: 'https://login.example.com', subject: `${name} ${tenant.id}`, role: 'tenant_admin', tenant_id: tenant.id };
      await administrator.post('/admin/administrators', person);
    }
    const own = { api: tenant.api, other: other.api };
    const platform = { api: administrator, other: administrator };
    lists = {
      documents: { ...own, operation: 'GET /v1/documents', path: '/documents?limit=1', filtered: '/documents?limit=1&language=ko' },
      chunks: {
        ...own,
        operation: 'GET /v1/documents/{id}/chunks',
        path: `/documents/${document.body.id}/chunks?limit=1`,
        filtered: null,
      },
      'usage records': {
        ...own,
        operation: 'GET /v1/usage/records',
        path: '/usage/records?limit=1',
        filtered: '/usage/records?limit=1&period_start=2020-01-01',
      },
      tenants: { ...platform, operation: 'GET /v1/admin/tenants', path: '/admin/tenants?limit=1', filtered: null },
      'API keys': {
        ...platform,
        operation: 'GET /v1/admin/tenants/{id}/api-keys',
        path: `/admin/tenants/${tenant.id}/api-keys?limit=1`,
        filtered: `/admin/tenants/${other.id}/api-keys?limit=1`,
      },
      administrators: { ...platform, operation: 'GET /v1/admin/administrators', path: '/admin/administrators?limit=1', filtered: null },
      jobs: {
        ...platform,
        operation: 'GET /v1/admin/jobs',
        path: `/admin/jobs?limit=1&tenant_id=${tenant.id}`,
        filtered: `/admin/jobs?limit=1&tenant_id=${other.id}`,
      },
      'usage of all tenants': { ...platform, operation: 'GET /v1/admin/usage', path: '/admin/usage?limit=1', filtered: null },
      'calls of administrators': { ...platform, operation: 'GET /v1/admin/audit', path: '/admin/audit?limit=1', filtered: null },
    };
  }, 120_000);
  afterAll(() => aegis.close());

  const OF_TENANTS = ['documents', 'chunks', 'usage records'];
  const OF_THE_PLATFORM = ['tenants', 'API keys', 'administrators', 'jobs', 'usage of all tenants', 'calls of administrators'];
  const NAMES = [...OF_TENANTS, ...OF_THE_PLATFORM];
  const listOf = (name: string) => {
    const list = lists[name];
    if (list === undefined) throw new Error(name);
    return list;
  };
  const first = async (name: string) => {
    const { status, body } = await listOf(name).api.get(listOf(name).path);
    expect([status, body.data.length]).toEqual([200, 1]);
    return body.next_cursor ?? '';
  };

  it('are tried with every list that the OpenAPI document has', () => {
    const takeCursors = describedOperations().filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
    expect(Object.keys(lists).sort()).toEqual([...NAMES].sort());
    expect(NAMES.map((name) => listOf(name).operation).sort()).toEqual(takeCursors.map(({ name }) => name).sort());
  });

  it.each(NAMES)('lead through the list of %s, and nowhere else', async (name) => {
    const { api, other, path, filtered } = listOf(name);
    const cursor = await first(name);
    const next = await api.get(`${path}&cursor=${cursor}`);
    expect([next.status, next.body.data.length]).toEqual([200, 1]);

    const [payload = '', signature = ''] = cursor.split('.');
    const forged = [
      cursor.slice(0, -1) + (cursor.endsWith('A') ? 'B' : 'A'),
      `${Buffer.from('["2020-01-01T00:00:00.000000Z","x"]').toString('base64url')}.${signature}`,
      payload,
      `${cursor}.x`,
      'null',
      'x'.repeat(1_000),
    ];
    for (const cursorOfNobody of forged) {
      const { status, body } = await api.get(`${path}&cursor=${cursorOfNobody}`);
      expect([cursorOfNobody, status, body.code]).toEqual([cursorOfNobody, 400, 'invalid_cursor']);
    }
    if (filtered !== null) expect((await api.get(`${filtered}&cursor=${cursor}`)).body.code).toBe('invalid_cursor');
    if (other !== api && name !== 'chunks') expect((await other.get(`${path}&cursor=${cursor}`)).body.code).toBe('invalid_cursor');
    for (const one of NAMES.filter((another) => another !== name)) {
      const answer = await listOf(one).api.get(`${listOf(one).path}&cursor=${cursor}`);
      expect([one, answer.status, answer.body.code]).toEqual([one, 400, 'invalid_cursor']);
    }
  });

  it('may not be empty, and a list takes one', async () => {
    for (const query of ['cursor=', 'cursor=a&cursor=b', `cursor=${'x'.repeat(5_000)}`]) {
      const { status, body } = await tenant.api.get(`/documents?${query}`);
      expect([query.slice(0, 20), status, ['invalid_cursor', 'validation_failed'].includes(body.code)]).toEqual([
        query.slice(0, 20),
        400,
        true,
      ]);
    }
  });
});
