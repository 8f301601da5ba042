import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import { ChunkText } from '@aegis/domain/shared/chunk-text';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { ProviderError } from '../providers/provider-error';
import type { FoundChunk } from './chunk-reader';
import { FeatureReranker } from './feature-reranker';
import { LateScorer, type LateRequest } from './late-scorer';

const MODEL = { withTokens: { vector: 1, textMatch: 1, late: 2 }, withoutTokens: { vector: 1, textMatch: 1, length: -0.24 } };

/** Reads the score of a passage from its first byte. */
class ByteScorer extends LateScorer {
  failWith: Error | undefined;

  score({ passages }: LateRequest): Promise<readonly (LateInteraction | null)[]> {
    if (this.failWith !== undefined) return Promise.reject(this.failWith);
    const alike = (value: number): LateInteraction => ({ weighted: value, plain: value, near: value, reverse: value });
    return Promise.resolve(passages.map(([first = 0]) => alike(first / 255)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const chunk = (id: string, score: number): RankedChunk<FoundChunk> => ({
  ...{ chunkId: id, documentId: id, filename: `${id}.md`, version: 1, title: null, ordinal: 0, page: null, section: [], kind: 'text' },
  ...{
    content: '연차는 십오 일이다.',
    text: new ChunkText('연차는 십오 일이다.', ''),
    similarity: 0.8,
    bm25: 1,
    coveredIdf: 1,
    vectorRank: 1,
    bm25Rank: 1,
    score,
  },
});

const fused = [chunk('a', 0), chunk('b', 0), chunk('c', 0)];

function setUp() {
  const scorer = new ByteScorer();
  const reranker = new FeatureReranker(scorer, MODEL);
  const tokenCodes = new Map(fused.map(({ chunkId }, at) => [chunkId, Uint8Array.of(50 + at * 100)]));
  const request = { query: '연차는 며칠인가요?', totalIdf: 2, idf: new Map(), alpha: 0.5, fused, queryCodes: Uint8Array.of(1), tokenCodes };
  const rerank = (about: { queryCodes?: Uint8Array | null; signal?: AbortSignal } = {}) =>
    reranker.rerank({ ...request, signal: new AbortController().signal, ...about });
  return { scorer, rerank, reranker };
}

const idsOf = ({ ranked }: { ranked: readonly { chunkId: string }[] }) => ranked.map(({ chunkId }) => chunkId);

describe('the reranker by features', () => {
  it('puts first what the query’s tokens meet best, and leaves nothing of its own on the chunks', async () => {
    const { rerank } = setUp();
    const reranked = await rerank();
    expect(idsOf(reranked)).toEqual(['c', 'b', 'a']);
    expect(reranked.degraded).toEqual([]);
    expect([...reranked.late.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(Object.keys(reranked.ranked[0] ?? {}).sort()).toEqual(Object.keys(chunk('c', 0)).sort());
  });

  it('works without token vectors', async () => {
    const { rerank } = setUp();
    const reranked = await rerank({ queryCodes: null });
    expect(idsOf(reranked)).toEqual(['a', 'b', 'c']);
    expect(reranked.degraded).toEqual([]);
  });

  it('leaves the order to the other features, and says so, where tokens cannot be compared', async () => {
    const { scorer, rerank } = setUp();
    scorer.failWith = new ProviderError('reranker', 'unavailable', 'the thread ended', { retryable: true });
    const reranked = await rerank();
    expect(idsOf(reranked)).toEqual(['a', 'b', 'c']);
    expect(reranked.degraded).toEqual(['reranker_unavailable']);
  });

  it('does not hide a mistake of ours, nor a caller that left', async () => {
    const { scorer, rerank } = setUp();
    scorer.failWith = new Error('a bug');
    await expect(rerank()).rejects.toThrow('a bug');
    scorer.failWith = new ProviderError('reranker', 'cancelled', 'the caller left', { retryable: false });
    await expect(rerank({ signal: AbortSignal.abort() })).rejects.toThrow('the caller left');
  });

  it('wants to see the tokens of those that it may move', () => {
    expect(setUp().reranker.tokenCodesFor('연차', fused)).toEqual(['a', 'b', 'c']);
  });
});
