import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { ModelTokenizer } from '@aegis/infrastructure/providers/embedding-model/model-tokenizer';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import { readOnnxSettings, type OnnxOptions } from '@aegis/infrastructure/providers/embedding-model/onnx-settings';
import { Tokenizer } from '@huggingface/tokenizers';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TINY_TYPE, TINY_WORDS, writeTinyOnnx } from '../support/tiny-onnx';

interface Reference {
  readonly text: string;
  readonly token_count: number;
  /** The first 64. */
  readonly token_ids: readonly number[];
  readonly vector: readonly number[];
}

const bundled = join(__dirname, '../../models/multilingual-e5-small-ko-en');
const references = JSON.parse(readFileSync(join(bundled, 'reference.json'), 'utf8')) as readonly Reference[];
const patient = () => new AbortController().signal;
const open: EmbeddingModel[] = [];
const folders: string[] = [];

async function openModel(options: OnnxOptions): Promise<OnnxEmbeddingModel> {
  const model = await OnnxEmbeddingModel.open(options);
  open.push(model);
  return model;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-onnx-'));
  folders.push(folder);
  return folder;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    dot += (a[at] ?? Number.NaN) * (b[at] ?? Number.NaN);
    lengthA += (a[at] ?? 0) ** 2;
    lengthB += (b[at] ?? 0) ** 2;
  }
  return dot / Math.sqrt(lengthA * lengthB);
}

afterAll(async () => {
  await Promise.all(open.map((model) => model.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('the tokenizer of the bundled model', () => {
  const settings = readOnnxSettings({ directory: bundled });
  const json = JSON.parse(readFileSync(settings.tokenizerFile, 'utf8')) as object;
  const tokenizer = ModelTokenizer.read(settings);
  const unlimited = ModelTokenizer.read({ ...settings, maxTokens: 1_000_000 });
  const count = (text: string) => [...tokenizer.counting(text)].reduce((sum, tokens) => sum + tokens, 0);

  it('gives the ids of the reference texts', () => {
    expect(references).toHaveLength(21);
    for (const { text, token_ids, token_count } of references) {
      expect(unlimited.encode(text).ids.slice(0, 64)).toEqual(token_ids);
      expect(count(text)).toBe(token_count);
    }
  });

  it('keeps the closing token of a text that it cuts, and the beginning', () => {
    const long = '연차 유급휴가는 입사 1년 후 주어진다. Paid leave is granted after one year. '.repeat(60);
    const { ids, truncated } = tokenizer.encode(long);
    expect([ids.length, truncated, ids[0], ids.at(-1)]).toEqual([512, true, 0, 2]);
    expect(unlimited.encode(long).ids.slice(0, 511)).toEqual(ids.slice(0, 511));
  });

  it.each([
    ['한국어', '제3조(연차 유급휴가) ① 근로자는 입사일로부터 1년이 지나면 15일의 유급휴가를 받는다.\n\n② 남은 휴가는 이월할 수 없다.\t'],
    [
      'English',
      'The supplier (hereafter "Party B") shall deliver within 30 days;  risk passes on delivery.\r\n\r\nSee § 4.2 — and Annex A. ',
    ],
  ])('counts a long text slice by slice as it would at once: %s', (_, sentence) => {
    const text = sentence.repeat(150);
    expect(text.length).toBeGreaterThan(8_000);
    const atOnce = new Tokenizer(json, {}).encode(text).ids;
    expect(count(text)).toBe(atOnce.length);
    expect(unlimited.encode(text)).toEqual({ ids: atOnce, truncated: false });
  });
});

const LOWEST = 19;

/** The nice value of each thread of this process. */
const niceOfThreads = (): readonly number[] =>
  readdirSync('/proc/self/task').map((id) => {
    const fields = readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return Number(fields[16]);
  });

describe('the bundled model', () => {
  let model: OnnxEmbeddingModel;
  beforeAll(async () => {
    model = await openModel({ directory: bundled });
  });
  const embed = (kind: 'query' | 'passage', texts: readonly string[], signal = patient()) => model.embed({ kind, texts, signal });

  it('gives the vectors of the reference texts, alone and in company', async () => {
    const bare = await openModel({ directory: bundled, queryPrefix: '', passagePrefix: '' });
    const texts = references.map(({ text }) => text);
    const together = await bare.embed({ kind: 'passage', texts, signal: patient() });
    for (const [at, { vector, token_count }] of references.entries()) {
      expect(cosine(together.vectors[at] ?? [], vector)).toBeGreaterThanOrEqual(0.9995);
      expect(together.truncated[at]).toBe(token_count > 512);
    }
    for (const { text, vector } of references.slice(0, 6)) {
      const alone = await bare.embed({ kind: 'query', texts: [text], signal: patient() });
      expect(cosine(alone.vectors[0] ?? [], vector)).toBeGreaterThanOrEqual(0.9995);
    }
  });

  it('adds its own prefixes, and is known by the digest of its weights', async () => {
    const reference = references.find(({ text }) => text.startsWith('query: '));
    const { vectors } = await embed('query', [reference?.text.slice('query: '.length) ?? '']);
    expect(cosine(vectors[0] ?? [], reference?.vector ?? [])).toBeGreaterThanOrEqual(0.9995);
    const digest = createHash('sha256')
      .update(readFileSync(join(bundled, 'model.onnx')))
      .digest('hex');
    expect(model.identity).toEqual({ provider: 'onnx', name: 'multilingual-e5-small-ko-en-int8', dimensions: 384, maxTokens: 512, digest });
  });

  it('puts a passage that answers above one that does not, in and across languages', async () => {
    const sets = [
      ['연차 휴가는 1년에 15일이다.', '서버실 출입은 보안팀이 승인한다.'],
      ['Each employee has fifteen days of paid leave a year.', 'The security team approves access to the server room.'],
    ];
    for (const passages of sets) {
      const { vectors } = await embed('passage', passages);
      for (const query of ['휴가는 며칠인가요?', 'How many days of vacation do I get?']) {
        const [asked] = (await embed('query', [query])).vectors;
        const [answer = 0, other = 1] = vectors.map((vector) => cosine(asked ?? [], vector));
        expect(answer).toBeGreaterThan(other + 0.02);
      }
    }
  });

  it('answers a query before most of the passages that wait, and does not hold up the main thread', async () => {
    const texts = Array.from({ length: 200 }, (_, at) => `제${at}조 근로자는 입사일로부터 1년이 지나면 유급휴가를 받는다.`);
    const before = performance.eventLoopUtilization();
    const ended: string[] = [];
    const calls = Array.from({ length: 10 }, (_, call) =>
      embed('passage', texts.slice(call * 20, (call + 1) * 20)).then(() => ended.push('passages')),
    );
    await sleep(20);
    const query = embed('query', ['휴가는 며칠인가요?']).then(() => ended.push('query'));
    const counting = model.countTokens(texts, patient()).then(() => ended.push('counts'));
    await Promise.all([...calls, query, counting]);
    const { utilization } = performance.eventLoopUtilization(before);
    expect(ended.indexOf('query')).toBeLessThanOrEqual(1);
    expect(ended.indexOf('counts')).toBeLessThanOrEqual(2);
    expect(ended).toHaveLength(12);
    // The model runs from the first to the last moment: on this thread nothing would be left.
    expect(utilization).toBeLessThan(0.6);
  });

  it('answers queries beside the run of a long passage once there were both, and has the next passage wait for a search', async () => {
    const text = '근로자는 입사일로부터 1년이 지나면 유급휴가를 받는다. '.repeat(100);
    const seen = { isBeside: false, waitedMs: 0 };
    // Until the own thread of queries runs, they go first on the shared one.
    for (const until = performance.now() + 30_000; performance.now() < until && !(seen.isBeside && seen.waitedMs >= 60);) {
      let passageIsDone = false;
      const passage = embed('passage', [text]).then(() => (passageIsDone = true));
      await sleep(20);
      await embed('query', ['휴가는 며칠인가요?']);
      seen.isBeside = !passageIsDone;
      await passage;
      const began = performance.now();
      await Promise.all([embed('query', ['휴가는 며칠인가요?']), embed('passage', ['휴가'])]);
      seen.waitedMs = performance.now() - began;
    }
    expect(seen.isBeside).toBe(true);
    expect(seen.waitedMs).toBeGreaterThanOrEqual(60);
    // One thread has gone to the background, and those that answer have not.
    if (process.platform !== 'linux' || getPriority() === LOWEST) return;
    expect(niceOfThreads().filter((nice) => nice === LOWEST)).toHaveLength(1);
  });

  it('gives a query the same vector to the bit, whoever asks beside it (P4)', async () => {
    const query = '휴가는 며칠인가요?';
    const alone = (await embed('query', [query])).vectors[0];
    const others = references.map(({ text }) => embed('query', [text]));
    const [{ vectors: beside }] = await Promise.all([embed('query', [query]), ...others]);
    expect(beside[0]).toEqual(alone);
  });

  it('does not let a large document hold up a small one', async () => {
    const large = embed(
      'passage',
      Array.from({ length: 100 }, (_, at) => `${at} The supplier bears the risk until delivery. `.repeat(6)),
    );
    let largeIsDone = false;
    void large.then(() => (largeIsDone = true));
    await sleep(50);
    await embed('passage', ['위험은 인도 시에 이전된다.']);
    expect(largeIsDone).toBe(false);
    await large;
  });

  it('drops the passages of a caller who left', async () => {
    const leaving = new AbortController();
    const texts = Array.from({ length: 800 }, () => '남은 휴가는 다음 해로 넘길 수 없다. '.repeat(20));
    const left = expect(embed('passage', texts, leaving.signal)).rejects.toMatchObject({ reason: 'cancelled' });
    setTimeout(() => leaving.abort(), 300);
    await left;
    // The run in progress ends, then the thread has nothing to do: without that, some 17 seconds of work would be left. A busy machine lets a
    // thread have little: it is idle when it takes next to nothing, twice in a row, and what it took until then is counted.
    const since = process.cpuUsage();
    const busyMs = async (ms: number): Promise<number> => {
      const before = process.cpuUsage();
      await sleep(ms);
      return milliseconds(process.cpuUsage(before));
    };
    const patience = Date.now() + 40_000;
    while (((await busyMs(1_000)) >= 50 || (await busyMs(1_000)) >= 50) && Date.now() < patience);
    expect(milliseconds(process.cpuUsage(since))).toBeLessThan(4_000);
    expect(Date.now()).toBeLessThan(patience);
  });
});

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;

describe('other models in the usual form', () => {
  /** The bundled weights in a folder that asks for the hidden state. */
  function bundledWith(config: object): string {
    const folder = newFolder();
    for (const file of ['model.onnx', 'tokenizer.json']) symlinkSync(join(bundled, file), join(folder, file));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ max_tokens: 512, output: 'last_hidden_state', ...config }));
    return folder;
  }

  it('pools the hidden state itself: the mean is what the graph gives, the first token is not', async () => {
    const texts = ['query: 연차 휴가는 며칠인가요?', 'passage: The supplier bears the risk until delivery. '.repeat(4)];
    const [graph, mean, cls] = await Promise.all(
      [bundled, bundledWith({ pooling: 'mean' }), bundledWith({ pooling: 'cls' })].map(async (directory) => {
        const model = await openModel({ directory, passagePrefix: '' });
        return (await model.embed({ kind: 'passage', texts, signal: patient() })).vectors;
      }),
    );
    for (const at of [0, 1]) {
      expect(Math.max(...(graph?.[at] ?? []).map((value, place) => Math.abs(value - (mean?.[at]?.[place] ?? 1))))).toBeLessThan(1e-3);
      expect(cosine(graph?.[at] ?? [], cls?.[at] ?? [])).toBeLessThan(0.99);
    }
  });

  const rows = (...words: (keyof typeof TINY_WORDS)[]) =>
    words.map((word) => TINY_WORDS[word].map((value, at) => value + (TINY_TYPE[at] ?? 0)));
  const meanOf = (all: readonly (readonly number[])[]) =>
    TINY_TYPE.map((_, at) => all.reduce((sum, row) => sum + (row[at] ?? 0), 0) / all.length);

  it.each([
    ['mean', {}, (all: number[][]) => meanOf(all)],
    ['cls', { pooling_mode_cls_token: true }, (all: number[][]) => all[0] ?? []],
    ['last', { pooling_mode_lasttoken: true }, (all: number[][]) => all.at(-1) ?? []],
  ] as const)('feeds token types, ignores padding and pools by %s', async (_, pooling, expected) => {
    const directory = newFolder();
    writeTinyOnnx(directory, { '1_Pooling/config.json': pooling });
    const model = await openModel({ directory });
    expect(model.identity).toMatchObject({ dimensions: 4, maxTokens: 8 });
    const texts = ['연차 휴가', 'paid leave 연차 휴가', Array.from({ length: 20 }, () => '휴가').join(' ')];
    const { vectors, tokens, truncated } = await model.embed({ kind: 'passage', texts, signal: patient() });
    expect(tokens).toBe(4 + 6 + 8);
    expect(truncated).toEqual([false, false, true]);
    expect(cosine(vectors[0] ?? [], expected(rows('[CLS]', '연차', '휴가', '[SEP]')))).toBeCloseTo(1, 6);
    expect(cosine(vectors[1] ?? [], expected(rows('[CLS]', 'paid', 'leave', '연차', '휴가', '[SEP]')))).toBeCloseTo(1, 6);
    expect(cosine(vectors[2] ?? [], expected(rows('[CLS]', '휴가', '휴가', '휴가', '휴가', '휴가', '휴가', '[SEP]')))).toBeCloseTo(1, 6);
    expect(await model.countTokens(texts, patient())).toEqual([4, 6, 22]);
  });

  it('takes prefixes and limits from the files, and options before files', () => {
    const directory = newFolder();
    writeTinyOnnx(directory, { 'config_sentence_transformers.json': { prompts: { query: '질의: ', document: '문서: ' } } });
    expect(readOnnxSettings({ directory })).toMatchObject({
      prefixes: { query: '질의: ', passage: '문서: ' },
      pooling: 'mean',
      maxTokens: 8,
    });
    expect(readOnnxSettings({ directory, queryPrefix: 'q ', maxTokens: 6 })).toMatchObject({ prefixes: { query: 'q ' }, maxTokens: 6 });
    writeTinyOnnx(directory, { 'config.json': { model_type: 'xlm-roberta', max_position_embeddings: 514 } });
    expect(readOnnxSettings({ directory }).maxTokens).toBe(512);
    const named = join(newFolder(), 'multilingual-e5-base');
    mkdirSync(named);
    writeTinyOnnx(named);
    expect(readOnnxSettings({ directory: named }).prefixes).toEqual({ query: 'query: ', passage: 'passage: ' });
  });

  it('says in one sentence what is wrong with a folder', async () => {
    const empty = newFolder();
    await expect(OnnxEmbeddingModel.open({ directory: empty })).rejects.toThrow(`no model.onnx in the embedding model's folder ${empty}`);
    const broken = newFolder();
    writeTinyOnnx(broken);
    await expect(OnnxEmbeddingModel.open({ directory: broken, dimensions: 384 })).rejects.toThrow('4 dimensions, not the 384');
    await expect(OnnxEmbeddingModel.open({ directory: broken, output: 'pooled' })).rejects.toThrow(
      'no output pooled, only last_hidden_state',
    );
    writeFileSync(join(broken, 'model.onnx'), '모델이 아니다');
    await expect(OnnxEmbeddingModel.open({ directory: broken })).rejects.toThrow('cannot be used');
  });
});
