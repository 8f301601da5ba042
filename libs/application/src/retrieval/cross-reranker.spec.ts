import { chunkText } from '@aegis/domain/shared/chunk-text';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { CrossEncoder, PAIRS, type PairRequest, type PairScores } from '../providers/cross-encoder';
import { ProviderError } from '../providers/provider-error';
import type { FoundChunk } from './chunk-reader';
import { byScores, CrossReranker } from './cross-reranker';
import { NoReranker, type RerankRequest } from './reranker';

const USAGE = { tokens: 10, searches: 0 };

/** Scores by the number at the end of a passage, and remembers what it was asked. */
class CountingEncoder extends CrossEncoder {
  readonly identity = { provider: 'counting', model: 'by-number', digest: null };
  readonly requests: PairRequest[] = [];
  failWith: Error | null = null;
  closed = false;

  score(request: PairRequest): Promise<PairScores> {
    this.requests.push(request);
    if (this.failWith !== null) return Promise.reject(this.failWith);
    return Promise.resolve({ scores: request.passages.map((passage) => Number(/\d+$/.exec(passage)?.[0] ?? 0)), usage: USAGE });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function aChunk(number: number, about: Partial<FoundChunk> = {}): RankedChunk<FoundChunk> {
  const said = { filename: 'handbook.md', title: null, section: [], content: `passage ${number}`, ...about };
  return {
    ...{ chunkId: `chunk ${number}`, documentId: 'handbook', version: 1, ordinal: number, page: null, kind: 'text', similarity: 0.5 },
    ...{ bm25: 1, coveredIdf: 1, vectorRank: 1, bm25Rank: null, score: 100 - number, ...said, text: chunkText(said) },
  };
}
const many = (count: number): RankedChunk<FoundChunk>[] => Array.from({ length: count }, (_, at) => aChunk(at));
const asking = (fused: readonly RankedChunk<FoundChunk>[], about: Partial<RerankRequest> = {}): RerankRequest => ({
  ...{
    query: '연차는?',
    totalIdf: 1,
    idf: new Map(),
    alpha: 0.5,
    fused,
    queryCodes: null,
    tokenCodes: new Map(),
    signal: new AbortController().signal,
  },
  ...about,
});
const unavailable = (): ProviderError => new ProviderError('counting', 'unavailable', 'it is gone', { retryable: true });

describe('CrossReranker', () => {
  const setUp = () => {
    const encoder = new CountingEncoder();
    return { encoder, reranker: new CrossReranker(new NoReranker(), encoder) };
  };

  it('puts what it read in the order of its scores, and the rest behind as it was', async () => {
    const { reranker } = setUp();
    const { ranked, degraded, encoded } = await reranker.rerank(asking(many(PAIRS + 5)));
    const order = ranked.map(({ ordinal }) => ordinal);
    expect(order.slice(0, PAIRS)).toEqual(Array.from({ length: PAIRS }, (_, at) => PAIRS - 1 - at));
    expect(order.slice(PAIRS)).toEqual([30, 31, 32, 33, 34]);
    const scores = ranked.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(degraded).toEqual([]);
    expect(encoded?.usage).toEqual(USAGE);
    expect(encoded?.scores.size).toBe(PAIRS);
  });

  it('lets read title, headings and text of what stands ahead, whatever a larger top_k brings', async () => {
    const { encoder, reranker } = setUp();
    const deep = aChunk(7, { vectorRank: 31, bm25Rank: 40 });
    const titled = aChunk(8, { title: '취업규칙', section: ['휴가', '연차'] });
    await reranker.rerank(asking([deep, titled, aChunk(9)]));
    expect(encoder.requests[0]).toMatchObject({ query: '연차는?', passages: ['취업규칙 > 휴가 > 연차\npassage 8', 'passage 9'] });
  });

  it('cuts what is long between characters, so that a query has a price', async () => {
    const { encoder, reranker } = setUp();
    await reranker.rerank(asking([aChunk(1, { content: '😀'.repeat(5_000) }), aChunk(2)], { query: `${'가'.repeat(999)}😀` }));
    const [request] = encoder.requests;
    expect([request?.query, request?.passages[0]]).toEqual(['가'.repeat(999), '😀'.repeat(1_200)]);
  });

  it('leaves the order as it was where nobody answers, and says so', async () => {
    const { encoder, reranker } = setUp();
    encoder.failWith = unavailable();
    const { ranked, degraded, encoded } = await reranker.rerank(asking(many(3)));
    expect([ranked.map(({ ordinal }) => ordinal), degraded, encoded]).toEqual([[0, 1, 2], ['reranker_unavailable'], undefined]);
  });

  it('asks nobody about one alone', async () => {
    const { encoder, reranker } = setUp();
    await reranker.rerank(asking(many(1)));
    expect(encoder.requests).toEqual([]);
  });

  it('hides neither a caller that left nor a mistake of ours', async () => {
    const { encoder, reranker } = setUp();
    const caller = new AbortController();
    caller.abort();
    encoder.failWith = unavailable();
    await expect(reranker.rerank(asking(many(2), { signal: caller.signal }))).rejects.toBe(encoder.failWith);
    encoder.failWith = new TypeError('ours');
    await expect(reranker.rerank(asking(many(2)))).rejects.toBe(encoder.failWith);
  });

  it('gives the same order from the scores that were kept', async () => {
    const { reranker } = setUp();
    const { ranked, encoded } = await reranker.rerank(asking(many(35)));
    expect(byScores(many(35), encoded?.scores ?? new Map())).toEqual(ranked);
  });

  it('asks nobody for a replay', async () => {
    const { encoder, reranker } = setUp();
    const { ranked, encoded } = await reranker.rerank(asking(many(3), { asksNobody: true }));
    expect([ranked.map(({ ordinal }) => ordinal), encoded, encoder.requests]).toEqual([[0, 1, 2], undefined, []]);
  });

  it('says whom a query may have to pay, and closes both', async () => {
    const { encoder, reranker } = setUp();
    expect(reranker.encodes).toBe(encoder.identity);
    expect(new NoReranker().encodes).toBeNull();
    await reranker.close();
    expect(encoder.closed).toBe(true);
  });
});
