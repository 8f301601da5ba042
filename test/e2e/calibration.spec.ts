import { calibrated } from '@aegis/domain/answering/calibration';
import { startAegis, type RunningAegis } from '../support/aegis';
import { administratorOf, newTenant, type ApiClient } from '../support/api-client';

const START_MS = 240_000;
const PATIENCE_MS = 90_000;
const QUERY = '연차는 며칠까지 쓸 수 있나요?';
const CURVE = { slope: 0.5, intercept: -1.5 };

describe('a tenant’s own calibration of the confidence', () => {
  let aegis: RunningAegis;
  let api: ApiClient;
  let neighbour: ApiClient;
  let admin: ApiClient;
  let path: string;

  beforeAll(async () => {
    aegis = await startAegis();
    admin = administratorOf(aegis.app);
    const [own, other] = [await newTenant(aegis.app), await newTenant(aegis.app, { name: '동해물산' })];
    ({ api } = own);
    neighbour = other.api;
    path = `/admin/tenants/${own.id}`;
    for (const client of [api, neighbour]) await client.ingest('휴가.md', '# 연차\n\n연차는 한 해에 15일까지 쓸 수 있다.\n');
  }, START_MS);
  afterAll(() => aegis.close());

  const search = async (client = api) => (await client.post('/search', { query: QUERY })).body;
  const calibrate = (calibration: object | null) => admin.patch(path, { settings: { calibration } });
  /** Settings are read again within five seconds. */
  async function until(holds: (found: Awaited<ReturnType<typeof search>>) => boolean) {
    for (const deadline = Date.now() + 10_000; ;) {
      const found = await search();
      if (holds(found) || Date.now() > deadline) return found;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  it(
    'changes what its clients see without a restart, and nobody else’s; the audit has both figures; null takes it back',
    async () => {
      const shipped = await search();
      expect(shipped.confidence).toBe(shipped.uncalibrated_confidence);
      const answer = await calibrate({ judged_by: shipped.judged_by, ...CURVE, questions: 120 });
      expect(answer.status).toBe(200);
      expect(answer.body.settings).toEqual({ calibration: { judged_by: shipped.judged_by, ...CURVE, questions: 120 } });

      const own = await until(({ confidence }) => confidence !== shipped.confidence);
      expect(own.uncalibrated_confidence).toBe(shipped.confidence);
      expect(own.confidence).toBeCloseTo(calibrated(CURVE, shipped.confidence), 9);
      expect((await search(neighbour)).confidence).toBe(shipped.confidence);
      const audited = (await api.get(`/audit/${own.query_id}`)).body.retrieval;
      expect(audited).toMatchObject({ confidence: own.confidence, uncalibrated_confidence: shipped.confidence, gaps: [] });

      expect((await calibrate(null)).body.settings).toEqual({});
      expect((await until(({ confidence }) => confidence === shipped.confidence)).confidence).toBe(shipped.confidence);
      // A replay shows what the query saw, whatever was set since.
      const replayed = (await api.post(`/audit/${own.query_id}/replay`, {})).body;
      expect(replayed).toMatchObject({ identical: true, replayed: { confidence: own.confidence } });
    },
    PATIENCE_MS,
  );

  it(
    'changes nothing where it was made for another model or another fit',
    async () => {
      const shipped = await search();
      expect((await calibrate({ judged_by: 'another-model/2026-01-01.1', ...CURVE, questions: 120 })).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 5_200));
      expect((await search()).confidence).toBe(shipped.confidence);
      await calibrate(null);
    },
    PATIENCE_MS,
  );

  it.each([
    ['slope', { slope: 0 }],
    ['slope', { slope: -1 }],
    ['intercept', { intercept: 1e9 }],
    ['questions', { questions: 0 }],
    ['judged_by', { judged_by: '' }],
    ['more', { more: 1 }],
  ])('is refused with a wrong %s: %j', async (field, wrong) => {
    const { status, body } = await calibrate({ judged_by: 'a/1', ...CURVE, questions: 120, ...wrong });
    expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(body.errors.map(({ pointer }) => pointer)).toContain(`/settings/calibration/${field}`);
  });

  it('says what a question asks for and the evidence does not hold', async () => {
    const { body } = await api.post('/search', { query: '2044년에 연차는 며칠까지 쓸 수 있나요?' });
    expect(body.gaps).toEqual(['year']);
    expect(body.confidence).toBeLessThan((await search()).confidence);
  });
});
