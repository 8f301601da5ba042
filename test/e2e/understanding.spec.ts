import { startAegis, type RunningAegis } from '../support/aegis';
import { newTenant, type ApiClient } from '../support/api-client';
import { ChatProtocolServer, MODEL, SPOKEN, type ChatServerMode } from '../support/chat-protocol-server';

const START_MS = 240_000;
const LEAVE = '# 육아휴직\n\n육아휴직은 자녀 한 명당 1년이다. 시작하기 30일 전까지 인사팀에 신청한다.\n';
const TRIP = '# 출장비\n\n출장비는 다녀온 뒤 7일 안에 재무팀에 신청한다.\n';
const OTHERS = ['회의실', '주차장', '구내식당', '사원증'].map((name) => `# ${name}\n\n${name} 이용은 총무팀에 신청한다.\n`).join('\n');
const FOLLOW_UP = '그건 언제까지 신청해야 하나요?';
const HISTORY = [
  { role: 'user', content: '육아휴직은 얼마나 쓸 수 있나요?' },
  { role: 'assistant', content: '자녀 한 명당 1년입니다. [1]' },
];
const nothing = { history: false, dates: false, spelling: false };

describe('understanding a question', () => {
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    aegis = await startAegis();
    ({ api } = await newTenant(aegis.app));
    await api.ingest('육아.md', LEAVE, { valid_from: '2024-01-01' });
    await api.ingest('출장.md', TRIP, { valid_from: '2024-01-01' });
    await api.ingest('총무.md', OTHERS);
  }, START_MS);
  afterAll(() => aegis.close());

  const first = async (body: object) => (await api.post('/search', { top_k: 1, ...body })).body;

  it('finds what a follow-up means, says how, and leaves it when it is told to', async () => {
    const found = await first({ query: FOLLOW_UP, history: HISTORY });
    expect(found.results[0]?.filename).toBe('육아.md');
    expect(found.understanding).toMatchObject({
      steps: ['history'],
      searched_for: FOLLOW_UP,
      searched_with: ['육아휴직은 얼마나 쓸 수 있나요?'],
    });
    const other = await first({ query: FOLLOW_UP, history: [{ role: 'user', content: '출장비는 얼마인가요?' }] });
    expect(other.results[0]?.filename).toBe('출장.md');
    const alone = await first({ query: FOLLOW_UP });
    const switchedOff = await first({ query: FOLLOW_UP, history: HISTORY, retrieval: { understanding: { history: false } } });
    expect([switchedOff.results, switchedOff.understanding]).toEqual([alone.results, null]);
  });

  it('answers a follow-up from what it means', async () => {
    const { body } = await api.post('/query', { query: FOLLOW_UP, history: HISTORY, min_confidence: 0 });
    expect(body.answer).toContain('30일 전');
  });

  it('writes down how a question was understood, and repeats it', async () => {
    const { body } = await api.post('/search', { query: FOLLOW_UP, history: HISTORY, retrieval: { understanding: { spelling: false } } });
    const audited = await api.get(`/audit/${body.query_id}`);
    expect(audited.body).toMatchObject({
      input: { understanding: { history: true, dates: true, spelling: false, multi_query: false, hyde: false } },
      retrieval: { understanding: { steps: ['history'], searched_with: ['육아휴직은 얼마나 쓸 수 있나요?'] } },
    });
    await api.ingest('새 규정.md', '# 육아휴직\n\n육아휴직은 언제까지나 신청할 수 있다.\n');
    const replay = await api.post(`/audit/${body.query_id}/replay`, {});
    expect(replay.body).toMatchObject({ identical: true });
  });

  it('reads a state and an upload out of the words, where the request leaves it open', async () => {
    const asked = '2023년 12월 31일 기준 출장비 신청 기한은?';
    const found = await first({ query: asked, min_confidence: 0 });
    expect(found.understanding).toMatchObject({
      steps: expect.arrayContaining(['as_of']) as string[],
      as_of_date: '2023-12-31T23:59:59.999Z',
    });
    // Nothing held then: a state that only the words name takes no answer away.
    expect(found.results[0]?.filename).toBe('출장.md');
    expect((await first({ query: asked, as_of_date: '2023-12-31' })).results).toEqual([]);
    expect((await first({ query: asked, retrieval: { understanding: nothing } })).understanding).toBeNull();
    const uploaded = await first({ query: '2001년에 올린 문서에서 출장비 신청 기한을 알려줘' });
    expect([uploaded.results, uploaded.understanding?.created_before]).toEqual([[], '2002-01-01T00:00:00.000Z']);
  });

  it('keeps to the state that the words name where it holds the answer', async () => {
    const { api: other } = await newTenant(aegis.app);
    await other.ingest('요율.md', '# 출장비 요율\n\n출장비 일당은 3만 원이다.\n', { valid_from: '2023-01-01' });
    await other.ingest('요율.md', '# 출장비 요율\n\n출장비 일당은 5만 원이다.\n', { valid_from: '2024-06-01' });
    const answer = async (query: string) => (await other.post('/query', { query, min_confidence: 0.3 })).body.answer;
    expect(await answer('2023년 12월 31일 기준 출장비 일당은 얼마인가요?')).toContain('3만');
    expect(await answer('출장비 일당은 얼마인가요?')).toContain('5만');
  });

  it.each([
    [{ understanding: { unknown: true } }, '/retrieval/understanding/unknown'],
    [{ understanding: { hyde: 'yes' } }, '/retrieval/understanding/hyde'],
    [{ understanding: null }, '/retrieval/understanding'],
  ])('refuses %j', async (retrieval, pointer) => {
    const { status, body } = await api.post('/search', { query: '출장비', retrieval });
    expect([status, body.code, body.errors.map(({ pointer: at }) => at)]).toEqual([400, 'validation_failed', [pointer]]);
  });
});

describe('understanding a question with a language model', () => {
  let model: ChatProtocolServer;
  let aegis: RunningAegis;
  let api: ApiClient;

  beforeAll(async () => {
    model = await ChatProtocolServer.start('ollama');
    aegis = await startAegis({
      ...{ LLM_PROVIDER: 'ollama', LLM_MODEL: MODEL, OLLAMA_BASE_URL: model.baseUrl },
      ...{ QUERY_REWRITING: 'llm', QUERY_REWRITING_TIMEOUT_MS: '2000' },
    });
    ({ api } = await newTenant(aegis.app));
    await api.ingest('육아.md', LEAVE);
    await api.ingest('출장.md', TRIP);
  }, START_MS);
  afterAll(async () => {
    await aegis.close();
    await model.stop();
  });
  beforeEach(() => {
    model.mode = 'ok';
    model.say = () => SPOKEN;
    model.requests.length = 0;
  });

  const search = async (body: object) => (await api.post('/search', body)).body;

  it('lets it write the question anew, and searches for that', async () => {
    model.say = () => ['QUESTION: 출장비는 언제까지 ', '신청해야 하나요?\n', 'PASSAGE: 아무도 청하지 않은 글'];
    const found = await search({ query: '그건 언제까지예요?', history: HISTORY });
    expect(found.results[0]?.filename).toBe('출장.md');
    expect(found.understanding).toMatchObject({ steps: ['rewritten'], searched_for: '출장비는 언제까지 신청해야 하나요?' });
    expect(found.cost_usd).toBeGreaterThanOrEqual(0);
    expect(model.requests.at(-1)?.body).toContain('육아휴직은 얼마나');
  });

  it('asks it for other wordings and a passage only where the request says so', async () => {
    await search({ query: '출장비 신청 기한은?' });
    expect(model.chatRequests).toBe(1); // the one of the test above
    model.say = () => [
      'ALSO: 여비 청구는 언제까지인가\n',
      'ALSO: 출장 경비 마감\n',
      'PASSAGE: 출장비는 다녀온 뒤 며칠 안에 재무팀에 낸다.',
    ];
    const { understanding } = await search({
      query: '출장비 신청 기한은?',
      retrieval: { understanding: { multi_query: true, hyde: true } },
    });
    expect(understanding?.steps).toEqual(['multi_query', 'hyde']);
    expect(understanding?.searched_with).toEqual([
      '여비 청구는 언제까지인가',
      '출장 경비 마감',
      '출장비는 다녀온 뒤 며칠 안에 재무팀에 낸다.',
    ]);
  });

  it.each<ChatServerMode>([
    'headers_then_hang',
    'token_then_hang',
    'endless',
    'refused',
    'html',
    'malformed_line',
    'close_mid_chunk',
    'empty_answer',
    'ok',
  ])(
    'falls back to the rules when the model gives nothing of use: %s',
    async (mode) => {
      model.mode = mode;
      const startedAt = performance.now();
      const found = await search({ query: FOLLOW_UP, history: HISTORY });
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(found.results[0]?.filename).toBe('육아.md');
      expect(found.understanding?.steps).toEqual(['history']);
      expect(found.degraded).toEqual(['query_rewriting_unavailable']);
    },
    START_MS,
  );
});
