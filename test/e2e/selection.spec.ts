import { startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';
import type { Wire } from '../support/wire';

const START_MS = 240_000;
const RULE = '# 연차 규정\n\n직원은 입사 후 1년이 지나면 연차 15일을 쓸 수 있으며 총무팀에 신청한다.\n';
const QUERY = '연차는 며칠까지 쓸 수 있나요?';
const chapters = (topic: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `# 제${at + 1}장 ${topic}\n\n${topic} ${at + 1}호의 관리 책임자는 ${at + 1}번 직원이다.\n`).join(
    '\n',
  );

describe('what is taken of what was found', () => {
  let aegis: RunningAegis;

  beforeAll(async () => {
    aegis = await startAegis();
  }, START_MS);
  afterAll(() => aegis.close());

  const filenames = ({ results }: Wire): readonly string[] => results.map(({ filename }) => filename);

  describe('of copies', () => {
    let api: ApiClient;
    beforeAll(async () => {
      ({ api } = await newTenant(aegis.app));
      await api.ingest('규정.md', RULE);
      await api.ingest('사본.md', RULE);
      await api.ingest('다른 모양.md', RULE.replace('있으며', '있으며,'));
      await api.ingest('전년.md', RULE.replace('15일', '14일'));
      await api.ingest('병가.md', '# 병가 규정\n\n병가는 한 해에 60일까지 쓸 수 있다.\n');
    }, START_MS);

    it('marks the exact ones, which stay among the results', async () => {
      const { body } = await api.post('/search', { query: QUERY, top_k: 10 });
      expect([...filenames(body)].sort()).toEqual(['규정.md', '다른 모양.md', '병가.md', '사본.md', '전년.md'].sort());
      const [original, copy] = ['규정.md', '사본.md']
        .map((name) => body.results.find(({ filename }) => filename === name))
        .sort((a, b) => (a?.duplicate_of === null ? -1 : 1) - (b?.duplicate_of === null ? -1 : 1));
      expect([original?.duplicate_of, copy?.duplicate_of]).toEqual([null, original?.chunk_id]);
      const others = body.results.filter(({ filename }) => !['규정.md', '사본.md'].includes(filename));
      expect(others.map(({ duplicate_of }) => duplicate_of)).toEqual([null, null, null]);
    });

    it('lets what only looks different give up its place, unless the client named the order', async () => {
      const ours = await api.post('/search', { query: QUERY, top_k: 4 });
      expect(filenames(ours.body)).toContain('전년.md');
      expect(filenames(ours.body)).toContain('병가.md');
      const named = await api.post('/search', { query: QUERY, top_k: 4, retrieval: { strategy: 'bm25' } });
      expect([...filenames(named.body)].sort()).toEqual(['규정.md', '다른 모양.md', '사본.md', '전년.md'].sort());
    });

    it('has each text once among what an answer is made of, and the other year too', async () => {
      const { body } = await api.post('/query', { query: QUERY, top_k: 3, min_confidence: 0 });
      const audited = await api.get(`/audit/${body.query_id}`);
      const { results } = (await api.post('/search', { query: QUERY, top_k: 10 })).body;
      const nameOf = (id: string) => results.find(({ chunk_id }) => chunk_id === id)?.filename ?? '';
      const names = audited.body.retrieval.chunk_ids.map(nameOf);
      expect(names).toHaveLength(3);
      expect(names.filter((name) => ['규정.md', '사본.md', '다른 모양.md'].includes(name))).toHaveLength(1);
      expect(names).toEqual(expect.arrayContaining(['전년.md', '병가.md']));
      const replay = await api.post(`/audit/${body.query_id}/replay`, {});
      expect(replay.body).toMatchObject({ identical: true, differences: [] });
    });
  });

  describe('of one document among others', () => {
    let api: ApiClient;
    const query = '창고의 관리 책임자는 누구인가?';
    beforeAll(async () => {
      ({ api } = await newTenant(aegis.app));
      await api.ingest('창고.md', chapters('창고', 12));
      for (const at of [12, 13])
        await api.ingest(
          `별관 ${at}.md`,
          chapters('창고', at + 1)
            .split('\n# ')
            .slice(-1)
            .join(),
        );
    }, START_MS);

    it('lets others in where they have something comparable', async () => {
      const { body } = await api.post('/search', { query, top_k: 5 });
      expect(body.results).toHaveLength(5);
      expect(new Set(filenames(body)).size).toBeGreaterThan(1);
      const scores = body.results.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    });

    it.each([
      ['its name', () => Promise.resolve({ filenames: ['창고.md'] })],
      [
        'its id',
        async () => {
          const { body } = await api.post('/search', { query, filters: { filenames: ['창고.md'] } });
          return { document_ids: [body.results[0]?.document_id] };
        },
      ],
    ])('leaves it all places where a filter names it by %s', async (_what, filters) => {
      const { body } = await api.post('/search', { query, top_k: 12, filters: await filters() });
      expect(filenames(body)).toEqual(Array.from({ length: 12 }, () => '창고.md'));
    });
  });

  describe('of neighbours', () => {
    it('cites each by its own chunk, with spans of what that chunk holds', async () => {
      const { api } = await newTenant(aegis.app);
      const rules = Array.from({ length: 40 }, (_, at) => `${at + 1}번 시설의 이용 시간은 ${at + 1}시까지이며 관리실에 신청하고 사용한다.`);
      await api.ingest('시설.md', `# 시설 이용\n\n${rules.join(' ')}\n\n시설 이용 시간을 어기면 이용이 제한된다.\n`);
      const stream = await api.post('/query/stream', { query: '시설의 이용 시간은 몇 시까지인가?', top_k: 5, min_confidence: 0 });
      const shown = stream.text.split('\n').find((line) => line.startsWith('data: ') && line.includes('"sources"')) ?? '';
      const { sources } = JSON.parse(shown.slice('data: '.length)) as Wire;
      // Neighbours of one section are one passage, so they have one number.
      expect(sources.length).toBeGreaterThan(1);
      expect(new Set(sources.map(({ citation }) => citation))).toEqual(new Set([1]));
      const { body } = await api.post('/query', { query: '33번 시설의 이용 시간은 몇 시까지인가?', top_k: 5, min_confidence: 0 });
      const [cited] = body.sources;
      const kept = (await api.get(`/documents/${cited?.document_id}/chunks`)).body.data;
      expect(kept.find(({ chunk_id }) => chunk_id === cited?.chunk_id)?.content).toBe(cited?.content);
      const quoted = cited?.quotes.map(({ start, end }) => cited.content.slice(start, end)).join(' ');
      expect(quoted).toContain('33번 시설의 이용 시간은 33시까지');
    });
  });
});
