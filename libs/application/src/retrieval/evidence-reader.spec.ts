import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { MachineTurns } from '../shared/machine-turns';
import type { Metrics } from '../shared/metrics';
import { ChunkReader, type ChunkQuery, type FoundChunks } from './chunk-reader';
import { type EmbeddedQuery, EvidenceReader, type EvidenceRequest } from './evidence-reader';
import type { QueryEmbeddings } from './query-embeddings';
import { NoReranker } from './reranker';
import { NoResultCache } from './result-cache';

const TENANT = TenantId.parse('018f0000-0000-7000-8000-000000000001');
const CODES = Uint8Array.of(1, 2, 3);
const EMBEDDED: EmbeddedQuery = { vector: Float32Array.of(1), codes: CODES, tokens: 3, degraded: [], startedAt: 0 };

/** Of a tenant that has nothing. */
class EmptyChunkReader extends ChunkReader {
  readonly asked: ChunkQuery[] = [];

  search(request: ChunkQuery): Promise<FoundChunks> {
    this.asked.push(request);
    const nothing = { chunks: [], tokenCodes: new Map(), chunksSearched: 0, totalIdf: 0, idf: new Map() };
    return Promise.resolve({ ...nothing, corpusEpoch: 1, validAt: null, vectorRoute: 'exact' });
  }
}

describe('EvidenceReader', () => {
  const turns = new MachineTurns(1, true);
  const nothing = (): void => undefined;
  const metrics: Metrics = { count: nothing, observe: nothing, gauge: nothing, exposition: () => Promise.reject(new Error('nobody asks')) };
  const chunks = new EmptyChunkReader();
  const reader = new EvidenceReader(
    { identity: { provider: 'a', name: 'model', digest: null, dimensions: 1 } } as unknown as QueryEmbeddings, // reading embeds nothing
    chunks,
    new NoResultCache(),
    new NoReranker(),
    turns,
    metrics,
  );
  const read = (about: Partial<EvidenceRequest>, embedded = EMBEDDED) =>
    reader.read(
      TENANT,
      {
        ...{ query: '연차는?', asOf: { validAt: null, knownAt: null }, filter: NO_FILTER, strategy: 'hybrid', fusion: 'score', alpha: 0.5 },
        ...about,
      },
      5,
      embedded,
      new AbortController().signal,
    );

  it("hands on the query's token vectors to be recorded where a second look was asked for, and nowhere else", async () => {
    expect((await read({ rerank: true })).queryCodes).toBe(CODES);
    expect((await read({ rerank: false })).queryCodes).toBeNull();
    expect((await read({})).queryCodes).toBeNull();
  });

  it('asks for the nearest alone where vectors alone rank, and there are any', async () => {
    await read({ strategy: 'vector' });
    await read({ strategy: 'hybrid' });
    await read({ strategy: 'bm25' });
    await read({ strategy: 'vector' }, { ...EMBEDDED, vector: null });
    expect(chunks.asked.slice(-4).map(({ nearestOnly }) => nearestOnly)).toEqual([true, false, false, false]);
  });
});
