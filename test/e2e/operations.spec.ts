import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, ApiClient, newTenant, type Answer, type TestTenant } from '../support/api-client';
import { describeOnEmbedded, onNative, OPEN_TIMEOUT_MS } from '../support/database';

interface Job {
  readonly id: string;
  readonly tenant_id: string;
  readonly kind: string;
  readonly document_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly error_code: string | null;
  readonly ended_at: string | null;
  readonly deadline_at: string;
}

const BROKEN_PDF = '%PDF-1.7\nnothing that could be read';
const RULES = '# 휴가 규정\n\n연차 유급휴가는 1년에 17일이다.\n';
const PATIENCE_MS = 50_000;

describe('what an operator sees and sets going', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-prices-'));
  let aegis: RunningAegis;
  let platform: ApiClient;
  let tenant: TestTenant;

  beforeAll(async () => {
    const prices = join(folder, 'prices.json');
    writeFileSync(prices, JSON.stringify({ onnx: { 'multilingual-e5-small-ko-en-int8': { input: 1_000_000, output: 0 } } }));
    aegis = await startAegis({ AEGIS_PRICES: prices });
    platform = administratorOf(aegis.app);
  }, OPEN_TIMEOUT_MS);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await aegis.close();
  });
  beforeEach(async () => {
    tenant = await newTenant(aegis.app, { monthly_quota_usd: 100_000 });
  });

  const jobs = async (query = ''): Promise<readonly Job[]> =>
    (await platform.get(`/admin/jobs?tenant_id=${tenant.id}${query}`)).body.data as unknown as Job[];
  const retry = (id: string, headers = {}) => platform.send('POST', `/admin/jobs/${id}/retry`, undefined, headers);
  const codeOf = ({ status, body }: Answer) => [status, body.code];
  const entries = async (): Promise<readonly { type: string; subject_id: string; actor: object; details: object }[]> => {
    const rows = await aegis.platform.database.connections.transaction('app_admin', (manager) =>
      manager.query<{ canon: Buffer }[]>('SELECT canon FROM audit_events WHERE tenant_id = $1 ORDER BY id', [tenant.id]),
    );
    return rows.map(({ canon }) => JSON.parse(canon.toString('utf8')) as never);
  };
  async function failedJob(): Promise<Job> {
    await tenant.api.ingest('깨진 문서.pdf', BROKEN_PDF);
    const [job] = await jobs('&state=failed');
    if (job === undefined) throw new Error('nothing failed');
    return job;
  }
  async function untilJob(id: string, fits: (job: Job) => boolean): Promise<Job> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const job = (await jobs()).find((one) => one.id === id);
      if (job !== undefined && fits(job)) return job;
      if (Date.now() > end) throw new Error(`the job is still ${JSON.stringify(job)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  describe('GET /admin/jobs', () => {
    it('shows what became of each document, newest first', async () => {
      const good = await tenant.api.ingest('휴가.md', RULES);
      const broken = await tenant.api.ingest('깨진 문서.pdf', BROKEN_PDF);
      const about = { tenant_id: tenant.id, kind: 'ingest_document', attempts: 1, ended_at: expect.any(String), lease_until: null };
      expect(await jobs()).toMatchObject([
        { ...about, document_id: broken.body.id, state: 'failed', error_code: 'file_corrupt' },
        { ...about, document_id: good.body.id, state: 'done', error_code: null },
      ]);
    });

    it('of one state, kind or tenant', async () => {
      await failedJob();
      await tenant.api.ingest('휴가.md', RULES);
      expect((await jobs('&state=done')).map(({ state }) => state)).toEqual(['done']);
      expect((await jobs('&kind=ingest_document&state=failed')).map(({ error_code }) => error_code)).toEqual(['file_corrupt']);
      expect(await jobs('&kind=erase_document')).toEqual([]);
      const stranger = await newTenant(aegis.app);
      expect((await platform.get(`/admin/jobs?tenant_id=${stranger.id}`)).body.data).toEqual([]);
      expect((await platform.get(`/admin/jobs?tenant_id=${randomUUID()}`)).body.data).toEqual([]);
      const all = (await platform.get('/admin/jobs?state=failed&limit=100')).body.data as unknown as Job[];
      expect(all.map(({ tenant_id }) => tenant_id)).toContain(tenant.id);
      expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['failed']));
    });

    it('page by page, with a cursor that is good for these filters alone', async () => {
      for (const name of ['하나.md', '둘.md', '셋.md']) await tenant.api.ingest(name, RULES);
      const address = `/admin/jobs?tenant_id=${tenant.id}`;
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Answer = await platform.get(`${address}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...page.body.data.map(({ id }) => id));
        cursor = page.body.next_cursor;
      }
      expect(seen).toEqual((await jobs()).map(({ id }) => id));
      const { next_cursor: next } = (await platform.get(`${address}&limit=1`)).body;
      expect(codeOf(await platform.get(`/admin/jobs?state=done&limit=1&cursor=${next}`))).toEqual([400, 'invalid_cursor']);
    });

    it.each(['state=dead', 'kind=reindex', 'tenant_id=nobody', 'status=failed'])('not with %s', async (query) => {
      const answer = await platform.get(`/admin/jobs?${query}`);
      expect([answer.status, answer.body.errors[0]?.pointer]).toEqual([400, `?${query.split('=')[0]}`]);
    });

    it('without a word of what the documents say or are called', async () => {
      await failedJob();
      expect((await platform.get(`/admin/jobs?tenant_id=${tenant.id}`)).text).not.toContain('깨진');
    });
  });

  describe('POST /admin/jobs/{id}/retry', () => {
    it('begins failed work anew, and its document is processed again', async () => {
      const before = await failedJob();
      const answer = await retry(before.id);
      expect([answer.status, answer.body]).toEqual([
        202,
        {
          ...before,
          state: 'queued',
          stage: 'start',
          attempts: 0,
          error_code: null,
          ...{ ended_at: null },
          due_at: expect.any(String),
          deadline_at: expect.any(String),
        },
      ]);
      expect(['processing', 'failed']).toContain((await tenant.api.get(`/documents/${before.document_id}`)).body.status);
      const after = await untilJob(before.id, ({ state }) => state === 'failed');
      expect(after).toMatchObject({ attempts: 1, error_code: 'file_corrupt' });
      expect(after.deadline_at > before.deadline_at).toBe(true);
      expect((await tenant.api.ended(before.document_id)).body.status).toBe('failed');
    });

    it('leaves one entry in the tenant’s audit trail, which is that of the call', async () => {
      const { id, document_id: documentId } = await failedJob();
      const before = (await entries()).length;
      await retry(id, { 'x-request-id': 'again-1' });
      await untilJob(id, ({ state }) => state === 'failed');
      expect((await entries()).slice(before)).toMatchObject([
        {
          ...{ type: 'job.retried', actor: { kind: 'platform_admin' }, subject_id: id },
          details: {
            ...{ kind: 'ingest_document', document_id: documentId },
            call: { method: 'POST', route: '/v1/admin/jobs/:id/retry', status: 202, request_id: 'again-1' },
          },
        },
        { type: 'document.failed' },
      ]);
    });

    it('not for work that ended well, that was cancelled, or that is nobody’s', async () => {
      await tenant.api.ingest('휴가.md', RULES);
      const [done] = await jobs('&state=done');
      const before = (await entries()).length;
      expect(codeOf(await retry(done?.id ?? ''))).toEqual([409, 'conflict']);
      expect((await entries()).slice(before)).toMatchObject([
        { type: 'admin.call', details: { status: 409, code: 'conflict', route: '/v1/admin/jobs/:id/retry', target: tenant.id } },
      ]);
      const failed = await failedJob();
      await tenant.api.delete(`/documents/${failed.document_id}`);
      expect(codeOf(await retry(failed.id))).toEqual([409, 'conflict']);
      const unknown = await retry(randomUUID());
      expect(codeOf(unknown)).toEqual([404, 'not_found']);
      expect(codeOf(await retry('nonsense'))).toEqual([404, 'not_found']);
    });

    it('not for a document that was taken in again meanwhile', async () => {
      const { id } = await failedJob();
      const again = await tenant.api.upload('깨진 문서.pdf', BROKEN_PDF);
      await tenant.api.ended(again.body.id);
      const [newer] = await jobs('&state=failed');
      expect(newer?.id).not.toBe(id);
      const both = await Promise.all([retry(id), retry(newer?.id ?? '')]);
      expect(both.map(({ status }) => status).sort()).toEqual([202, 409]); // one of them, and never both
    });

    it('of many calls at once does it once', async () => {
      const { id } = await failedJob();
      const answers = await Promise.all(Array.from({ length: 6 }, () => retry(id)));
      const taken = answers.filter(({ status }) => status === 202).length;
      expect(taken).toBeGreaterThan(0);
      await untilJob(id, ({ state }) => state === 'failed');
      const retried = (await entries()).filter(({ type }) => type === 'job.retried').length;
      expect(retried).toBe(taken);
      expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    });

    it('answers the same request again where it has a key', async () => {
      const { id } = await failedJob();
      const key = { 'idempotency-key': `again-${id}` };
      const first = await retry(id, key);
      await untilJob(id, ({ state }) => state === 'failed');
      const second = await retry(id, key);
      expect([second.status, second.text, second.headers['idempotency-replayed']]).toEqual([202, first.text, 'true']);
      expect((await entries()).filter(({ type }) => type === 'job.retried')).toHaveLength(1);
    });

    it('not for a tenant that was deleted: there is no such job', async () => {
      const { id } = await failedJob();
      await platform.delete(`/admin/tenants/${tenant.id}`);
      expect(codeOf(await retry(id))).toEqual([404, 'not_found']);
      expect(await jobs()).toEqual([]);
    });
  });

  // The workers of a production have prices of their own.
  describeOnEmbedded('work that failed for want of money', () => {
    it('is done when it is retried after the quota was raised', async () => {
      await platform.patch(`/admin/tenants/${tenant.id}`, { monthly_quota_usd: 0 });
      const document = await tenant.api.ingest('휴가.md', RULES);
      expect(document.body).toMatchObject({ status: 'failed', error: { code: 'quota_exceeded', retryable: true } });
      const [job] = await jobs('&state=failed');
      await retry(job?.id ?? '');
      expect((await untilJob(job?.id ?? '', ({ ended_at }) => ended_at !== null)).error_code).toBe('quota_exceeded');

      await platform.patch(`/admin/tenants/${tenant.id}`, { monthly_quota_usd: 100_000 });
      expect((await retry(job?.id ?? '')).status).toBe(202);
      expect((await untilJob(job?.id ?? '', ({ ended_at }) => ended_at !== null)).state).toBe('done');
      expect((await tenant.api.get(`/documents/${document.body.id}`)).body).toMatchObject({ status: 'completed', error: null });
      // Counted behind the end of the job, by who relays what happened.
      const end = Date.now() + PATIENCE_MS;
      const processed = async () => (await tenant.api.get('/usage')).body as unknown as { readonly documents_processed: number };
      while ((await processed()).documents_processed === 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await processed()).toMatchObject({ documents_processed: 1 });
    });
  });

  describe('GET /admin/system', () => {
    it('names versions, models and how much work there is', async () => {
      await failedJob();
      const look = async () => {
        const answer = await platform.get('/admin/system');
        return {
          ...answer,
          waits: (answer.body as unknown as { queue: { oldest_waiting_since: string | null } }).queue.oldest_waiting_since,
        };
      };
      let looked = await look();
      // What the tests before this one began may still wait for its turn: it is worked on, and then nothing waits.
      for (const end = Date.now() + PATIENCE_MS; !onNative && looked.waits !== null && Date.now() < end; looked = await look())
        await new Promise((resolve) => setTimeout(resolve, 50));
      const { status, body } = looked;
      const { queue } = body as unknown as { queue: { failed: number; oldest_waiting_since: string | null } };
      expect([status, body]).toEqual([
        200,
        {
          profile: aegis.platform.settings.profile,
          started_at: expect.stringMatching(/Z$/),
          uptime_seconds: expect.any(Number),
          versions: {
            aegis: expect.stringMatching(/^\d+\.\d+\.\d+/),
            node: process.versions.node,
            postgresql: expect.stringMatching(/^1\d\.\d+/),
            pgvector: expect.stringMatching(/^0\.\d+\.\d+/),
            schema: expect.stringMatching(/^[A-Z]\w+2026\d{10}$/),
          },
          models: {
            embedding: expect.arrayContaining([
              { name: 'multilingual-e5-small-ko-en-int8', dimensions: 384, state: 'serving', configured: true },
            ]),
            language: [{ provider: 'extractive', model: expect.any(String) }],
            reranker: 'features',
          },
          queue: {
            queued: expect.any(Number),
            running: expect.any(Number),
            failed: expect.any(Number),
            quarantined: expect.any(Number),
            oldest_waiting_since: queue.oldest_waiting_since,
          },
        },
      ]);
      expect(queue.failed).toBeGreaterThan(0);
      // In a database that is shared, jobs of other tests may wait.
      if (onNative) expect(queue.oldest_waiting_since ?? 'nothing waits').toMatch(/^20\d\d-.+Z$|^nothing waits$/);
      else expect(queue.oldest_waiting_since).toBeNull();
    });

    it('names no address, no path and no secret', async () => {
      const { text } = await platform.get('/admin/system');
      const { secretKey, adminKey, dataFolder } = aegis.platform.settings;
      for (const secret of [secretKey, adminKey, dataFolder, 'postgresql://', '127.0.0.1']) expect(text).not.toContain(secret);
    });
  });

  it('is closed to a tenant’s own administrator, and to everybody else', async () => {
    const { id } = await failedJob();
    const key = await platform.post(`/admin/tenants/${tenant.id}/api-keys`, { name: 'admin', scopes: ['admin'] });
    const token = await platform.post('/admin/auth/token', { tenant_id: tenant.id });
    for (const bearer of [key.body.key, token.body.access_token, tenant.key]) {
      const api = new ApiClient(aegis.app, bearer);
      for (const answer of [await api.get('/admin/jobs'), await api.get('/admin/system'), await api.post(`/admin/jobs/${id}/retry`, {})]) {
        expect(codeOf(answer)).toEqual([403, 'insufficient_scope']);
      }
    }
    const nobody = new ApiClient(aegis.app, null);
    expect((await nobody.get('/admin/jobs')).status).toBe(401);
    expect((await nobody.get('/admin/system')).status).toBe(401);
  });
});
