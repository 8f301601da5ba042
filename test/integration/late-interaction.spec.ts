import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import { ThreadLateScorer } from '@aegis/infrastructure/retrieval/late/thread-late-scorer';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BUNDLED = join(__dirname, '../../models/multilingual-e5-small-ko-en');
const patient = () => new AbortController().signal;

describe('late interaction with the bundled model', () => {
  let model: OnnxEmbeddingModel;
  const scorer = new ThreadLateScorer();
  beforeAll(async () => {
    model = await OnnxEmbeddingModel.open({ directory: BUNDLED });
  }, 60_000);
  afterAll(async () => {
    await Promise.all([model.close(), scorer.close()]);
  });

  async function codes(kind: 'query' | 'passage', texts: readonly string[]): Promise<readonly Uint8Array[]> {
    const { tokenCodes } = await model.embed({ kind, texts, signal: patient() });
    if (tokenCodes === undefined) throw new Error('the bundled model shows its tokens');
    return tokenCodes;
  }

  it.each([
    ['연차 휴가는 며칠인가요?', '연차 유급휴가는 1년에 15일이다.', '병가를 쓰려면 진단서를 낸다.'],
    ['How long is annual leave?', 'Employees get fifteen days of annual leave a year.', 'Sick leave needs a note from a doctor.'],
    ['연차 휴가는 며칠인가요?', 'Employees get fifteen days of annual leave a year.', 'The cafeteria serves lunch from noon.'],
  ])('finds that %s is met by %s', async (question, answer, other) => {
    const [query = new Uint8Array()] = await codes('query', [question]);
    const [good, bad] = await scorer.score({ query, passages: await codes('passage', [answer, other]), signal: patient() });
    expect(good?.weighted).toBeGreaterThan(bad?.weighted ?? 1);
  });

  it('says the same in its thread as in this one', async () => {
    const [query = new Uint8Array()] = await codes('query', ['펌프 AB-123의 압력은?']);
    const passages = await codes('passage', ['Pump AB-123 is tested at 3.5 bar.', '', '펌프 점검은 매년 한다.', ',']);
    const ready = new LateQuery(query);
    const scores = await scorer.score({ query, passages, signal: patient() });
    expect(scores).toEqual(passages.map((passage) => ready.score(passage)));
    expect(scores[1]).toBeNull();
    expect(scores[3]).toBeNull();
  });

  it('has the codes of a text whatever it is embedded with', async () => {
    const text = '연차 유급휴가는 1년에 15일이다.';
    const [alone] = await codes('passage', [text]);
    const among = await codes('passage', ['짧다.', text, 'Something else that is rather longer than the others in this call.']);
    expect(among[1]?.length).toBe(alone?.length);
    const [query = new Uint8Array()] = await codes('query', ['연차']);
    const ready = new LateQuery(query);
    expect(ready.score(among[1] ?? query)?.weighted).toBeCloseTo(ready.score(alone ?? query)?.weighted ?? 0, 2);
  });

  it('makes no more of a very long question than 64 tokens', async () => {
    const [long = new Uint8Array()] = await codes('query', ['육아휴직 급여 신청 서류 제출 기한 '.repeat(80)]);
    const [, fours = 0, twos = 0, ones = 0] = long;
    expect(long.length).toBe(10 + 64 * (4 + fours + 2 * twos + 4 * ones));
  });
});

describe('the thread that compares tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-late-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const READY = `const port = require('node:worker_threads').parentPort; port.postMessage({ type: 'ready', dimensions: 0 });`;
  const request = { query: Uint8Array.of(1, 2), passages: [Uint8Array.of(1, 2)], signal: patient() };

  it('fails its calls when it dies, and is started again by the next, but not without end', async () => {
    const entry = join(folder, 'dying.js');
    writeFileSync(entry, `${READY} port.on('message', () => process.exit(3));`);
    const dying = new ThreadLateScorer(entry);
    const calls = [dying.score(request), dying.score(request)];
    for (const call of calls) await expect(call).rejects.toMatchObject({ provider: 'reranker', reason: 'unavailable' });
    for (let start = 2; start <= 4; start++) await expect(dying.score(request)).rejects.toThrow('exit code 3');
    await expect(dying.score(request)).rejects.toThrow('not started again yet');
    await dying.close();
  });

  it('lets a caller leave, and answers nothing once it is closed', async () => {
    const entry = join(folder, 'silent.js');
    writeFileSync(entry, `${READY} port.on('message', ({ type }) => type === 'close' && port.close());`);
    const silent = new ThreadLateScorer(entry);
    const leaving = new AbortController();
    const call = silent.score({ ...request, signal: leaving.signal });
    leaving.abort();
    await expect(call).rejects.toMatchObject({ reason: 'cancelled' });
    const waiting = silent.score(request);
    await Promise.all([expect(waiting).rejects.toThrow('closed'), silent.close()]);
    await expect(silent.score(request)).rejects.toThrow('closed');
  });
});
