import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startAegis, type RunningAegis } from '../support/aegis';
import { OPEN_TIMEOUT_MS } from '../support/database';
import { administratorOf, ApiClient, multipart, newTenant, type Answer, type TestTenant } from '../support/api-client';
import { ChatProtocolServer, MODEL } from '../support/chat-protocol-server';

const RULES = '# 휴가 규정\n\n연차 유급휴가는 1년에 17일이다.\n';
/** What everybody is promised: a change is effective everywhere. */
const EVERYWHERE_MS = 5_000;
const ERASED_MS = 25_000;

describe('the life of a tenant', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-prices-'));
  let aegis: RunningAegis;
  let admin: ApiClient;
  let tenant: TestTenant;

  beforeAll(async () => {
    const prices = join(folder, 'prices.json');
    writeFileSync(prices, JSON.stringify({ scripted: { 'second-model': { input: 1, output: 2 } } }));
    aegis = await startAegis({
      LLM_FALLBACKS: 'scripted:second-model',
      AEGIS_PRICES: prices,
    });
    admin = administratorOf(aegis.app);
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await aegis.close();
  });
  beforeEach(async () => {
    tenant = await newTenant(aegis.app);
  });

  const address = () => `/admin/tenants/${tenant.id}`;
  const rows = <Row>(sql: string): Promise<Row[]> =>
    aegis.platform.database.connections.transaction('app_admin', (manager) => manager.query<Row[]>(sql, [tenant.id]));

  async function eventually(what: () => Promise<boolean>, withinMs: number): Promise<void> {
    const end = Date.now() + withinMs;
    while (!(await what())) {
      if (Date.now() > end) throw new Error(`not within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const erased = () =>
    eventually(
      async () => (await rows<{ done: boolean }>('SELECT erased_at IS NOT NULL AS done FROM tenants WHERE id = $1'))[0]?.done === true,
      ERASED_MS,
    );

  describe('deleting it', () => {
    it('refuses its keys as unknown within 5 seconds, and forgets that it ever was', async () => {
      await tenant.api.ingest('휴가.md', RULES);
      const deleted = await admin.delete(address());
      expect([deleted.status, Object.keys(deleted.body)]).toEqual([202, ['deletion_id']]);
      // At once: in a moment its keys are erased, and not found for that reason.
      expect((await admin.delete(`${address()}/api-keys/${tenant.keyId}`)).status).toBe(404);
      await eventually(async () => (await tenant.api.get('/documents')).status === 401, EVERYWHERE_MS);
      const unknown = await new ApiClient(aegis.app, tenant.key.slice(0, -1)).get('/documents');
      const known = await tenant.api.get('/documents');
      expect(without(known)).toEqual(without(unknown));

      for (const answer of [
        await admin.get(address()),
        await admin.patch(address(), { name: 'again' }),
        await admin.delete(address()),
        await admin.post(`${address()}/api-keys`, { name: 'again', scopes: ['query'] }),
        await admin.get(`${address()}/api-keys`),
        await admin.post(`${address()}/api-keys/${tenant.keyId}/rotate`, {}),
      ])
        expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
      const list = await admin.get('/admin/tenants?limit=100');
      expect(list.body.data.map(({ id }) => id)).not.toContain(tenant.id);
    });

    it('erases rows and files in the background, keeps the books, and audits both', async () => {
      await tenant.api.ingest('휴가.md', RULES);
      await tenant.api.post('/query', { query: '연차는 며칠인가요?' });
      const { body } = await admin.delete(address());
      await erased();
      for (const table of ['documents', 'chunks', 'queries', 'api_keys', 'jobs', 'outbox', 'idempotency_keys'])
        expect([table, await rows(`SELECT 1 FROM ${table} WHERE tenant_id = $1`)]).toEqual([table, []]);
      expect((await rows('SELECT 1 FROM usage_records WHERE tenant_id = $1')).length).toBeGreaterThan(0);
      const used = (await admin.get('/admin/usage?limit=100')).body.data.find(({ tenant_id: id }) => id === tenant.id);
      expect(used).toMatchObject({ name: null, is_active: false, monthly_quota_usd: expect.any(Number) as number });
      const trail = await rows<{ canon: Buffer }>('SELECT canon FROM audit_events WHERE tenant_id = $1 ORDER BY id');
      const entries = trail.map(({ canon }) => JSON.parse(canon.toString('utf8')) as { type: string; details: object });
      expect(entries.filter(({ type }) => type.startsWith('tenant.')).map(({ type }) => type)).toEqual([
        'tenant.created',
        'tenant.deleted',
        'tenant.erased',
      ]);
      expect(entries.at(-1)?.details).toEqual({ deletion_id: body.deletion_id });
      expect(JSON.stringify(entries)).not.toContain('한빛정밀');
    });

    it('leaves nothing of an upload that was under way', async () => {
      await aegis.app.listen(0, '127.0.0.1');
      const { port } = aegis.app.getHttpServer().address() as AddressInfo;
      const form = multipart([{ name: 'file', filename: '큰문서.md', content: RULES.repeat(20_000) }]);
      const boundary = /^--(.*)\r\n/.exec(form.toString('latin1', 0, 200))?.[1] ?? '';
      const rest = new AbortController();
      const maySend = once(rest.signal, 'abort');
      const arrived = once(aegis.app.getHttpServer(), 'request');
      const body = Readable.from(
        (async function* () {
          // Piece by piece until it may go on: an upload that brings nothing for ten seconds would be cut as too slow.
          const piece = Math.ceil(form.length / 60);
          let at = 0;
          for (; !rest.signal.aborted && at + piece < form.length; at += piece) {
            yield form.subarray(at, at + piece);
            await Promise.race([maySend, new Promise((resolve) => setTimeout(resolve, 500))]);
          }
          await maySend;
          yield form.subarray(at);
        })(),
      );
      const answered = new Promise<number | undefined>((resolve, reject) => {
        const headers = { authorization: `Bearer ${tenant.key}`, 'content-type': `multipart/form-data; boundary=${boundary}` };
        const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/documents', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject);
        body.pipe(asked);
      });
      await arrived;
      await new Promise((resolve) => setTimeout(resolve, 300));
      await admin.delete(address());
      await erased();
      rest.abort();
      expect(await answered).toBe(401);
      expect(await rows('SELECT 1 FROM documents WHERE tenant_id = $1')).toEqual([]);
      expect(filesOf(aegis, tenant.id)).toEqual([]);
    });
  });

  describe('what is changed', () => {
    it('is tagged, and changed only as it was seen', async () => {
      const first = await admin.get(address());
      expect(first.headers['etag']).toMatch(/^"\d+"$/);
      const tag = String(first.headers['etag']);
      const changed = await admin.patch(address(), { name: '한빛' }, { 'if-match': tag });
      expect(changed.status).toBe(200);
      expect(changed.headers['etag']).not.toBe(tag);
      expect(changed.headers['etag']).toBe((await admin.get(address())).headers['etag']);

      const stale = await admin.patch(address(), { name: '다른 이름' }, { 'if-match': tag, 'accept-language': 'ko' });
      expect([stale.status, stale.body.code, stale.body.title]).toEqual([412, 'precondition_failed', '전제 조건 불일치']);
      expect((await admin.delete(address(), { 'if-match': tag })).status).toBe(412);
      expect((await admin.delete(address(), { 'if-match': `W/${String(changed.headers['etag'])}` })).status).toBe(412);
      expect((await admin.get(address())).body.name).toBe('한빛');

      expect((await admin.patch(address(), { name: '누구든' }, { 'if-match': `"x", *` })).status).toBe(412);
      expect((await admin.patch(address(), { name: '누구든' }, { 'if-match': '*' })).status).toBe(200);
    });

    it('changes the tag with what is shown only: a client that has it is told so', async () => {
      await admin.patch(address(), { name: '같은 이름', settings: { top_k: 7 } });
      const { etag } = (await admin.get(address())).headers;
      const known = await admin.get(address(), { 'if-none-match': String(etag) });
      expect([known.status, known.text]).toEqual([304, '']);
      for (const body of [{}, { settings: {} }, { name: '같은 이름', settings: { top_k: 7 } }]) {
        expect((await admin.patch(address(), body)).headers['etag']).toBe(etag);
      }
      expect((await admin.patch(address(), { settings: { top_k: null } })).headers['etag']).not.toBe(etag);
      expect((await admin.patch(address(), { name: '마지막' })).status).toBe(200);
    });

    it('is told when a thing is made, with the place where it is read, and again when the answer is', async () => {
      const key = { 'idempotency-key': randomUUID() };
      const [made, again] = [
        await admin.post('/admin/tenants', { name: '새 회사' }, key),
        await admin.post('/admin/tenants', { name: '새 회사' }, key),
      ];
      const { headers } = await admin.get(String(made.headers['location']));
      expect([made.headers['location'], made.headers['etag']]).toEqual([`/v1/admin/tenants/${made.body.id}`, headers['etag']]);
      expect([again.headers['location'], again.headers['etag']]).toEqual([made.headers['location'], made.headers['etag']]);
      const uploaded = await tenant.api.upload('휴가.md', RULES);
      expect((await tenant.api.get(String(uploaded.headers['location']))).body.id).toBe(uploaded.body.id);
    });

    it('of a document is deleted only as it was seen, and its content is sent once', async () => {
      const { body, headers } = await tenant.api.ingest('휴가.md', RULES);
      const seen = String((await tenant.api.get(`/documents/${body.id}`)).headers['etag']);
      expect(headers['etag']).toBe(seen);
      const content = await tenant.api.get(`/documents/${body.id}/content`);
      const again = await tenant.api.get(`/documents/${body.id}/content`, { 'if-none-match': String(content.headers['etag']) });
      expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', content.headers['etag']]);
      expect((await tenant.api.get(`/documents/${body.id}/content`, { 'if-none-match': '"other"' })).text).toBe(RULES);

      await tenant.api.ingest('휴가.md', `${RULES}\n반차도 있다.\n`); // replaces the version that was seen
      const refused = await tenant.api.delete(`/documents/${body.id}`, { 'if-match': seen });
      expect([refused.status, refused.body.code]).toEqual([412, 'precondition_failed']);
      const now = String((await tenant.api.get(`/documents/${body.id}`)).headers['etag']);
      expect((await tenant.api.delete(`/documents/${body.id}`, { 'if-match': now })).status).toBe(202);
    });
  });

  describe('settings', () => {
    const change = (settings: object) => admin.patch(address(), { settings });
    const settings = async () => (await admin.get(address())).body.settings;
    const ask = (query: string, more: object = {}) => tenant.api.post('/query', { query, min_confidence: 0, ...more });

    it('are merged, and null gives the default back', async () => {
      await change({ top_k: 3, min_confidence: 0.2 });
      expect((await change({ top_k: null, language: 'ko' })).body.settings).toEqual({ min_confidence: 0.2, language: 'ko' });
      expect(await settings()).toEqual({ min_confidence: 0.2, language: 'ko' });
    });

    it.each([
      ['llm_model', 'nobody-has-this', 'not_allowed'],
      ['embedding_model', 'nobody-has-this', 'not_allowed'],
      ['llm_model', '', 'too_short'],
      ['min_confidence', 1.1, 'out_of_range'],
      ['min_confidence', '0.5', 'wrong_type'],
      ['top_k', 51, 'out_of_range'],
      ['top_k', 1.5, 'wrong_type'],
      ['system_prompt', 'x'.repeat(8_001), 'too_long'],
      ['language', 'jp', 'not_allowed'],
      ['rate_limit_rps', 0, 'out_of_range'],
      ['tokens_per_hour', 0, 'out_of_range'],
      ['retention_days', 0, 'out_of_range'],
      ['retention_days', 36_501, 'out_of_range'],
      ['pii_policy', 'loud', 'not_allowed'],
      ['surprise', 1, 'unknown_field'],
    ])('refuse a wrong %s (case %#)', async (name, value, code) => {
      const refused = await change({ [name]: value });
      expect([refused.status, refused.body.errors.map((error) => [error.pointer, error.code])]).toEqual([
        400,
        [[`/settings/${name}`, code]],
      ]);
      const atOnce = await admin.post('/admin/tenants', { name: '새 회사', settings: { [name]: value } });
      expect([atOnce.status, atOnce.body.errors[0]?.pointer]).toEqual([400, `/settings/${name}`]);
      expect(await settings()).toEqual({});
    });

    it('choose the language model that answers, and its price', async () => {
      await tenant.api.ingest('휴가.md', RULES);
      expect((await ask('연차는 며칠인가요?')).body).toMatchObject({ model: 'extractive', cost_usd: 0 });
      expect((await change({ llm_model: 'second-model' })).status).toBe(200);
      await eventually(async () => (await ask('연차는 며칠인가요?')).body.model === 'second-model', EVERYWHERE_MS);
      const { body } = await ask('연차는 며칠인가요?');
      expect(body).toMatchObject({ model: 'second-model', degraded: [] });
      expect(body.cost_usd).toBeGreaterThan(0);
      await change({ llm_model: null });
      await eventually(async () => (await ask('연차는 며칠인가요?')).body.model === 'extractive', EVERYWHERE_MS);
    });

    it('say which language is meant where a question or a file does not tell', async () => {
      const before = await ask('2023?');
      expect(before.body.reason).toMatch(/^There are no documents/);
      await change({ language: 'ko' });
      await eventually(async () => (await ask('2023?')).body.reason.startsWith('검색할 수 있는'), EVERYWHERE_MS);
      expect((await ask('Which year?')).body.reason).toMatch(/^There are no documents/);
      expect((await tenant.api.ingest('숫자.txt', '2023 2024 2025')).body.language).toBe('ko');
    });
  });

  it('goes on with what was accepted while it is suspended, and serves nothing', async () => {
    const uploaded = await tenant.api.upload('휴가.md', RULES);
    await admin.patch(address(), { is_active: false });
    await eventually(async () => (await tenant.api.get('/documents')).body.code === 'tenant_suspended', EVERYWHERE_MS);
    await eventually(
      async () => (await rows<{ status: string }>('SELECT status FROM documents WHERE tenant_id = $1'))[0]?.status === 'completed',
      ERASED_MS,
    );
    await admin.patch(address(), { is_active: true });
    await eventually(async () => (await tenant.api.get(`/documents/${uploaded.body.id}`)).status === 200, EVERYWHERE_MS);
  });
});

describe('the instructions that a tenant adds', () => {
  const INSTRUCTIONS = '항상 존댓말로 답하고, 마지막에 “이상입니다”라고 쓰세요.';
  let model: ChatProtocolServer;
  let aegis: RunningAegis;

  beforeAll(async () => {
    model = await ChatProtocolServer.start('ollama');
    aegis = await startAegis({ LLM_PROVIDER: 'ollama', LLM_MODEL: MODEL, OLLAMA_BASE_URL: model.baseUrl });
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    await aegis.close();
    await model.stop();
  });

  it(
    'reach its model within 5 seconds, and leave it again, and reach it for nobody else',
    async () => {
      const [own, other] = [await newTenant(aegis.app), await newTenant(aegis.app)];
      for (const { api } of [own, other]) await api.ingest('휴가.md', RULES);
      const isTold = async ({ api }: TestTenant): Promise<boolean> => {
        expect((await api.post('/query', { query: '연차는 며칠인가요?', min_confidence: 0 })).status).toBe(200);
        return model.requests.at(-1)?.body.includes(JSON.stringify(INSTRUCTIONS).slice(1, -1)) === true;
      };
      const within = async (told: boolean): Promise<boolean> => {
        const end = Date.now() + EVERYWHERE_MS;
        for (;;) {
          const now = await isTold(own);
          if (now === told || Date.now() > end) return now;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      };
      const change = (text: string | null) =>
        administratorOf(aegis.app).patch(`/admin/tenants/${own.id}`, { settings: { system_prompt: text } });
      expect(await isTold(own)).toBe(false);
      await change(INSTRUCTIONS);
      expect(await within(true)).toBe(true);
      expect(await isTold(other)).toBe(false);
      await change(null);
      expect(await within(false)).toBe(false);
    },
    OPEN_TIMEOUT_MS,
  );
});

const without = ({ status, body }: Answer): object => ({ status, body: { ...body, request_id: '', instance: '' } });

/** Files that the store still has of a tenant. */
function filesOf(aegis: RunningAegis, tenantId: string): readonly string[] {
  const tenants = join(aegis.platform.settings.filesFolder, 't');
  return readdirSync(tenants).includes(tenantId) ? readdirSync(join(tenants, tenantId)) : [];
}
