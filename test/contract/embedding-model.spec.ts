import type { EmbeddingKind, EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { OllamaEmbeddings } from '@aegis/infrastructure/providers/embedding-model/ollama-embeddings';
import { OpenAiCompatibleEmbeddings } from '@aegis/infrastructure/providers/embedding-model/openai-compatible-embeddings';
import { embeddingModels, openEmbeddingModel, type EmbeddingConfig } from '@aegis/infrastructure/providers/embedding-model/registry';
import { RemoteEmbeddingModel, type RemoteOptions } from '@aegis/infrastructure/providers/embedding-model/remote-embedding-model';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddingProtocolServer, type Fault } from '../support/embedding-protocol-server';

const KEY = 'test-key';
const KOREAN = '연차 유급휴가는 입사 1년 후 15일이 주어진다.';
const ENGLISH = 'The supplier bears the risk until delivery.';
const LONG = `${KOREAN} ${ENGLISH} `.repeat(400);
const patient = () => new AbortController().signal;
const server = EmbeddingProtocolServer.start();

async function config(provider: string): Promise<EmbeddingConfig> {
  const { origin } = await server;
  return {
    provider,
    model: provider === 'onnx' ? undefined : 'letters',
    modelDirectory: join(__dirname, '../../models/multilingual-e5-small-ko-en'),
    dimensions: undefined,
    maxTokens: undefined,
    queryPrefix: 'query: ',
    passagePrefix: 'passage: ',
    ollamaBaseUrl: origin,
    openaiBaseUrl: `${origin}/v1`,
    openaiApiKey: KEY,
  };
}

const lengthOf = (vector: Float32Array) => Math.hypot(...vector);
const cosine = (a: Float32Array | undefined, b: Float32Array | undefined) =>
  a === undefined || b === undefined ? Number.NaN : a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);

async function until(holds: () => boolean): Promise<void> {
  for (const late = Date.now() + 30_000; !holds();) {
    if (Date.now() > late) throw new Error('waited in vain');
    await sleep(5);
  }
}

async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => new Error('it answered'),
    (reason: unknown) => reason,
  );
  if (error instanceof ProviderError) return error;
  throw error;
}

afterAll(async () => (await server).close());

describe.each(Object.keys(embeddingModels))('embedding model %s', (provider) => {
  let model: EmbeddingModel;
  beforeAll(async () => {
    model = await openEmbeddingModel(await config(provider));
  });
  afterAll(() => model.close());

  const embed = (texts: readonly string[], kind: EmbeddingKind = 'passage', signal = patient()) => model.embed({ kind, texts, signal });

  it('says who it is', () => {
    expect(model.identity.provider).toBe(provider);
    expect(model.identity.name).not.toBe('');
    expect(model.identity.dimensions).toBe(provider === 'onnx' ? 384 : 32);
    expect(model.identity.maxTokens).toBe(512);
    expect(model.identity.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives one vector of unit length for each text, in the order of the texts', async () => {
    const texts = Array.from({ length: 70 }, (_, at) =>
      at % 2 === 0 ? `${KOREAN} 제${at}조` : `${ENGLISH} Clause ${at}.`.repeat(1 + (at % 5)),
    );
    const { vectors, truncated } = await embed(texts);
    expect(vectors).toHaveLength(70);
    expect(truncated).toEqual(texts.map(() => false));
    for (const vector of vectors) {
      expect(vector).toHaveLength(model.identity.dimensions);
      expect(lengthOf(vector)).toBeCloseTo(1, 5);
    }
    for (const at of [0, 1, 33, 69]) {
      const alone = await embed([texts[at] ?? '']);
      expect(cosine(vectors[at], alone.vectors[0])).toBeGreaterThan(0.9999);
    }
  });

  it('does not take a query for a passage', async () => {
    const query = await embed([KOREAN], 'query');
    const passage = await embed([KOREAN], 'passage');
    expect(cosine(query.vectors[0], passage.vectors[0])).toBeLessThan(0.9999);
  });

  it('answers nothing to nothing', async () => {
    expect(await embed([])).toEqual({ vectors: [], tokens: 0, truncated: [] });
    expect(await model.countTokens([], patient())).toEqual([]);
  });

  it('counts the tokens of passages, never fewer than are embedded', async () => {
    const texts = [KOREAN, ENGLISH, '', '근로자', '9f86d081884c7d659a2feaa0c55ad015', '한글 English 漢字 1,234.5 kg'];
    const counts = await model.countTokens(texts, patient());
    expect(counts).toHaveLength(texts.length);
    const { tokens } = await embed(texts);
    expect(tokens).toBeGreaterThanOrEqual(texts.length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(tokens);
    const [one = 0, three = 0] = await model.countTokens([KOREAN, `${KOREAN} ${KOREAN} ${KOREAN}`], patient());
    expect(three).toBeGreaterThan(one * 2);
  });

  it('reads the beginning of a text that is too long, and says so', async () => {
    const { vectors, tokens, truncated } = await embed([KOREAN, LONG, `${LONG} 다른 끝`], 'query');
    expect(truncated).toEqual([false, true, true]);
    expect(tokens).toBeLessThanOrEqual(3 * model.identity.maxTokens);
    expect(cosine(vectors[1], vectors[2])).toBeGreaterThan(0.9999);
  });

  it('ends when the caller leaves, and serves the others', async () => {
    const leaving = new AbortController();
    const { requests } = await server;
    const before = requests.length;
    if (provider !== 'onnx') (await server).fail('hang');
    const call = failureOf(
      embed(
        Array.from({ length: 64 }, () => LONG),
        'passage',
        leaving.signal,
      ),
    );
    if (provider === 'onnx') await sleep(50);
    else await until(() => requests.length > before); // else the next request would meet the fault
    const leftAt = Date.now();
    leaving.abort();
    const failure = await call;
    expect([failure.reason, failure.retryable]).toEqual(['cancelled', false]);
    expect(Date.now() - leftAt).toBeLessThan(2_000); // the work takes longer than that, or for ever
    expect((await failureOf(embed([KOREAN], 'query', AbortSignal.abort()))).reason).toBe('cancelled');
    expect((await embed([KOREAN], 'query')).vectors).toHaveLength(1);
  });

  it('says that it is well, and fails once it is closed', async () => {
    await expect(model.check(patient())).resolves.toBeUndefined();
    const another = await openEmbeddingModel(await config(provider));
    await another.close();
    expect(await failureOf(another.embed({ kind: 'query', texts: [KOREAN], signal: patient() }))).toMatchObject({ retryable: false });
  });
});

describe.each(['ollama', 'openai'] as const)('remote embedding model %s', (provider) => {
  async function open(options: Partial<RemoteOptions> = {}): Promise<RemoteEmbeddingModel> {
    const { origin, dimensions } = await server;
    const named = { model: 'letters', dimensions: undefined };
    const protocol =
      provider === 'ollama'
        ? new OllamaEmbeddings({ ...named, baseUrl: new URL(origin) })
        : new OpenAiCompatibleEmbeddings({ ...named, baseUrl: new URL(`${origin}/v1/`), apiKey: KEY });
    return RemoteEmbeddingModel.open(protocol, { dimensions, timeoutMs: { query: 10_000, passage: 10_000 }, ...options });
  }
  /** Only where an answer never comes is it not waited for: a busy machine takes its time for the others. */
  const impatientFor = (fault: Fault, ms: number) => (fault === 'hang' ? { timeoutMs: { query: ms, passage: ms } } : {});
  const ask = (model: EmbeddingModel, kind: EmbeddingKind = 'query') => model.embed({ kind, texts: [KOREAN, ENGLISH], signal: patient() });

  it.each<[Fault, 'timeout' | 'unavailable' | 'bad_answer']>([
    ['hang', 'timeout'],
    ['error_500', 'unavailable'],
    ['close_mid_body', 'unavailable'],
    ['html', 'bad_answer'],
    ['wrong_dimensions', 'bad_answer'],
    ['not_a_number', 'bad_answer'],
    ['one_too_few', 'bad_answer'],
  ])('names the failure when every answer is %s', async (fault, reason) => {
    const model = await open(impatientFor(fault, 300));
    const { requests } = await server;
    const before = requests.length;
    (await server).fail(fault, fault);
    const failure = await failureOf(ask(model));
    expect(failure.reason).toBe(reason);
    // Whatever the failure did not use up, so that it does not meet the next test.
    while (requests.length < before + 2) await ask(model).catch(() => undefined);
    expect((await ask(await open())).vectors).toHaveLength(2);
    if (fault !== 'hang') expect((await ask(model)).vectors).toHaveLength(2);
  });

  it.each<Fault>(['hang', 'error_500', 'close_mid_body'])('answers when only the first answer is %s', async (fault) => {
    const model = await open(impatientFor(fault, 1_500));
    (await server).fail(fault);
    expect((await ask(model)).vectors).toHaveLength(2);
  });

  it('waits as long as the provider asks', async () => {
    const model = await open();
    const { requests } = await server;
    (await server).fail('slow_down');
    expect((await ask(model)).vectors).toHaveLength(2);
    const [first, second] = requests.slice(-2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('does not ask for a while after failures in a row', async () => {
    const model = await open();
    (await server).fail('error_500', 'error_500', 'error_500', 'error_500', 'error_500');
    for (let call = 0; call < 2; call += 1) expect((await failureOf(ask(model))).reason).toBe('unavailable');
    await failureOf(ask(model));
    const { requests } = await server;
    const before = requests.length;
    expect((await failureOf(ask(model))).reason).toBe('breaker_open');
    expect(requests).toHaveLength(before);
  });

  it('sends a query before the passages that wait', async () => {
    const model = await open({
      places: 2,
      queryPrefix: 'query: ',
      passagePrefix: 'passage: ',
      timeoutMs: { query: 5_000, passage: 5_000 },
    });
    const { requests } = await server;
    const before = requests.length;
    (await server).fail('hang');
    const held = ask(model, 'passage');
    await until(() => requests.length > before); // it is the one that hangs
    const waiting = ask(model, 'passage');
    expect((await ask(model, 'query')).vectors).toHaveLength(2);
    expect(requests.slice(before).map(({ body }) => String(body['input']).split(':')[0])).toEqual(['passage', 'query']);
    (await server).release();
    expect(await Promise.all([held, waiting])).toHaveLength(2);
  });

  it('counts the tokens that the provider counted', async () => {
    const { tokens } = await ask(await open({ queryPrefix: '' }));
    expect(tokens).toBe([KOREAN, ENGLISH].reduce((sum, text) => sum + text.split(' ').length + 2, 0));
  });

  it('asks as its protocol says, with the prefix of the model', async () => {
    const { origin, requests } = await server;
    const named = { ...(await config(provider)), model: 'nomic-embed-text', queryPrefix: undefined, openaiBaseUrl: `${origin}/v1` };
    await (await openEmbeddingModel({ ...named, dimensions: 32 })).embed({ kind: 'query', texts: [KOREAN], signal: patient() });
    expect(requests.at(-1)).toMatchObject(
      provider === 'ollama'
        ? { path: '/api/embed', authorization: undefined, body: { truncate: false } }
        : { path: '/v1/embeddings', authorization: `Bearer ${KEY}`, body: { encoding_format: 'float' } },
    );
    expect(requests.at(-1)?.body).toMatchObject({ model: 'nomic-embed-text', dimensions: 32, input: [`search_query: ${KOREAN}`] });
    await (await openEmbeddingModel(named)).check(patient());
    expect(requests.at(-1)?.body).not.toHaveProperty('dimensions');
  });

  it('needs to know which model', async () => {
    await expect(openEmbeddingModel({ ...(await config(provider)), model: undefined })).rejects.toThrow('EMBEDDING_MODEL');
  });
});

it('knows no other provider', async () => {
  await expect(openEmbeddingModel(await config('constructor'))).rejects.toThrow('one of onnx, ollama, openai');
});
