import { startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';
import type { Wire } from '../support/wire';

const START_MS = 240_000;
const TOPICS = ['연차', '병가', '출장', '회의실', '주차장', '구내식당', '사원증', '교육비'];
const QUERY = '연차는 며칠까지 쓸 수 있나요?';

describe('a second look at what was found', () => {
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
    ({ api } = await newTenant(aegis.app));
    for (const [at, topic] of TOPICS.entries()) {
      await api.ingest(`${topic}.md`, `# ${topic}\n\n${topic} 이용은 한 해에 ${at + 3}일까지이며 총무팀에 신청한다.\n`);
    }
  }, START_MS);
  afterAll(() => aegis.close());

  const search = async (retrieval?: object) =>
    (await api.post('/search', { query: QUERY, top_k: 50, ...(retrieval && { retrieval }) })).body;
  const seen = ({ results }: Wire) => new Map(results.map((one) => [one.chunk_id, one.score]));
  const audited = async ({ query_id }: { query_id: string }) => (await api.get(`/audit/${query_id}`)).body;

  it('is taken unless it is refused, finds the same, and gives it other scores that fall', async () => {
    const [looked, plain] = [await search(), await search({ rerank: false })];
    expect(looked.degraded).toEqual([]);
    expect([...seen(looked).keys()].sort()).toEqual([...seen(plain).keys()].sort());
    expect(seen(looked)).not.toEqual(seen(plain));
    const scores = [...seen(looked).values()];
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(looked.results[0]?.filename).toBe('연차.md');
    // The confidence sees how the tokens are met, too.
    expect(looked.confidence).not.toBe(plain.confidence);
  });

  it('is not taken where a client names an order of its own, unless it asks for both', async () => {
    const vector = { strategy: 'vector' };
    const [unsaid, without, both] = [
      await search(vector),
      await search({ ...vector, rerank: false }),
      await search({ ...vector, rerank: true }),
    ];
    expect(unsaid.results).toEqual(without.results);
    expect(seen(both)).not.toEqual(seen(without));
  });

  it('is written down, and a replay repeats it to the bit', async () => {
    const [looked, plain] = [await search(), await search({ rerank: false })];
    expect((await audited(looked)).input).toMatchObject({ rerank: true });
    expect((await audited(plain)).input).toMatchObject({ rerank: false });
    await api.ingest('새 규정.md', '# 연차\n\n연차는 스무 날까지 쓸 수 있다.\n');
    for (const { query_id } of [looked, plain]) {
      const replay = await api.post(`/audit/${query_id}/replay`, {});
      expect(replay.body).toMatchObject({ identical: true, differences: [] });
    }
  });
});
