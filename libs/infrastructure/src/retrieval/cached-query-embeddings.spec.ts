import type { EmbeddingModel, EmbeddingRequest, EmbeddingResult } from '@aegis/application/providers/embedding-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { QueryEmbeddings } from '@aegis/application/retrieval/query-embeddings';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PrometheusMetrics } from '../telemetry/metrics';
import { CachedQueryEmbeddings } from './cached-query-embeddings';

const HANBIT = TenantId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e11');
const DONGHAE = TenantId.parse('0198c5a2-7c1e-7b51-9c6e-2f0d7a4b9e22');
const DIMENSIONS = 4;

/** Answers when it is let, with another vector each time; ten tokens a text. */
class SlowModel extends QueryEmbeddings {
  identity = { provider: 'test', name: 'slow', dimensions: DIMENSIONS, maxTokens: 512, digest: 'one' };
  readonly asked: EmbeddingRequest[] = [];
  /** Takes its time to hear that nobody waits any more. */
  isDeaf = false;
  private readonly waiting: ((error?: Error) => void)[] = [];

  of(): Pick<EmbeddingModel, 'embed'> {
    return { embed: (request) => this.embed(request) };
  }

  answer(error?: Error): void {
    for (const end of this.waiting.splice(0)) end(error);
  }

  private async embed(request: EmbeddingRequest): Promise<EmbeddingResult> {
    const which = this.asked.push(request);
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new ProviderError('test', 'cancelled', 'cancelled', { retryable: false }));
      if (!this.isDeaf) request.signal.addEventListener('abort', fail);
      this.waiting.push((error) => (error === undefined ? resolve() : reject(error)));
    });
    const vectors = request.texts.map(() => new Float32Array(DIMENSIONS).fill(which));
    return { vectors, tokens: 10 * request.texts.length, truncated: request.texts.map(() => false) };
  }
}

describe('CachedQueryEmbeddings', () => {
  let model: SlowModel;
  let metrics: PrometheusMetrics;
  let cached: CachedQueryEmbeddings;
  beforeEach(() => {
    model = new SlowModel();
    metrics = new PrometheusMetrics({ processMetrics: false });
    cached = new CachedQueryEmbeddings(model, metrics, { maxBytes: 1_000_000 });
  });

  const ask = (text: string, { tenantId = HANBIT, kind = 'query', signal = new AbortController().signal }: Partial<Asking> = {}) =>
    cached.of(tenantId).embed({ kind, texts: [text], signal });
  interface Asking extends Pick<EmbeddingRequest, 'kind' | 'signal'> {
    readonly tenantId: TenantId;
  }
  async function answered(text: string, about: Partial<Asking> = {}): Promise<EmbeddingResult> {
    const asking = ask(text, about);
    model.answer();
    return asking;
  }
  const made = ({ vectors, tokens }: EmbeddingResult) => [vectors[0]?.[0], tokens];
  const counted = async (name: string) =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await metrics.exposition()).text)?.[1] ?? 'nothing');

  it('embeds a text of a tenant once, and bills it once', async () => {
    expect(made(await answered('연차는 며칠인가?'))).toEqual([1, 10]);
    expect(made(await answered('연차는 며칠인가?'))).toEqual([1, 0]);
    expect(model.asked).toHaveLength(1);
    expect([await counted('rag_embedding_cache_hits'), await counted('rag_embedding_cache_misses')]).toEqual([1, 1]);
  });

  it('takes one text in two spellings of Unicode for one', async () => {
    await answered('연차'.normalize('NFD'));
    expect(made(await answered('연차'))).toEqual([1, 0]);
    expect(model.asked[0]?.texts).toEqual(['연차']);
  });

  it.each([
    ['another tenant', { tenantId: DONGHAE }],
    ['a passage', { kind: 'passage' as const }],
  ])('embeds it again for %s', async (_whom, about) => {
    await answered('연차');
    expect(made(await answered('연차', about))).toEqual([2, 10]);
  });

  it('embeds it again with another model', async () => {
    await answered('연차');
    model.identity = { ...model.identity, digest: 'two' };
    expect(made(await answered('연차'))).toEqual([2, 10]);
  });

  it('does not remember what was made while the model changed', async () => {
    const asking = ask('연차');
    model.identity = { ...model.identity, digest: 'two' };
    model.answer();
    await asking;
    model.identity = { ...model.identity, digest: 'one' };
    expect(made(await answered('연차'))).toEqual([2, 10]);
  });

  it('asks the model once for those who wait for the same text; one of them pays', async () => {
    const asking = [ask('연차'), ask('연차'), ask('연차'), ask('연차', { tenantId: DONGHAE })];
    model.answer();
    const results = await Promise.all(asking);
    expect(model.asked).toHaveLength(2);
    expect(results.map(made)).toEqual([
      [1, 10],
      [1, 0],
      [1, 0],
      [2, 10],
    ]);
    expect(await counted('rag_embedding_cache_hits')).toBe(2);
  });

  it('goes on for the others when the one leaves who asked first, and lets them pay', async () => {
    const leaving = new AbortController();
    const [first, second] = [ask('연차', { signal: leaving.signal }), ask('연차')];
    leaving.abort();
    await expect(first).rejects.toThrow();
    model.answer();
    expect(made(await second)).toEqual([1, 10]);
    expect(model.asked[0]?.signal.aborted).toBe(false);
  });

  it('ends the call when everybody has left, and asks anew for who comes then', async () => {
    const leaving = new AbortController();
    const asking = [ask('연차', { signal: leaving.signal }), ask('연차', { signal: leaving.signal })];
    leaving.abort();
    for (const left of asking) await expect(left).rejects.toThrow();
    expect(model.asked[0]?.signal.aborted).toBe(true);
    expect(made(await answered('연차'))).toEqual([2, 10]);
  });

  it('does not wait for a call that everybody has left', async () => {
    model.isDeaf = true;
    const leaving = new AbortController();
    const left = ask('연차', { signal: leaving.signal });
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect(made(await answered('연차'))).toEqual([2, 10]);
  });

  it('does not remember a failure', async () => {
    const asking = [ask('연차'), ask('연차')];
    model.answer(new ProviderError('test', 'unavailable', 'away', { retryable: true }));
    for (const failed of asking) await expect(failed).rejects.toThrow('away');
    expect(made(await answered('연차'))).toEqual([2, 10]);
  });

  it('keeps no more than it may, the last used', async () => {
    cached = new CachedQueryEmbeddings(model, metrics, { maxBytes: 2 * (500 + DIMENSIONS * 4) });
    for (const text of ['하나', '둘', '하나', '셋']) await answered(text);
    expect(made(await answered('하나'))).toEqual([1, 0]);
    expect(made(await answered('둘'))).toEqual([4, 10]);
  });
});
