import { fuse } from '@aegis/domain/retrieval/rank-fusion';
import { BM25_B, BM25_K1, bm25Terms, termFrequencies } from '@aegis/domain/shared/bm25-terms';

export interface IndexedChunk {
  readonly vector: Float32Array;
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

const LEG = 30;

export const indexed = (text: string, vector: Float32Array): IndexedChunk => ({ vector, ...termFrequencies(text) });

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

/** Places of the chunks in the order in which the product finds them: by similarity alone, or both legs fused. */
export class ChunkRanking {
  private readonly documentFrequency = new Map<string, number>();
  private readonly averageLength: number;

  constructor(private readonly chunks: readonly IndexedChunk[]) {
    for (const { frequencies } of chunks)
      for (const term of frequencies.keys()) this.documentFrequency.set(term, (this.documentFrequency.get(term) ?? 0) + 1);
    this.averageLength = chunks.reduce((sum, { length }) => sum + length, 0) / Math.max(1, chunks.length);
  }

  rank(query: string, vector: Float32Array, strategy: 'vector' | 'hybrid'): number[] {
    const terms = [...new Set(bm25Terms(query))];
    const scored = this.chunks.map((chunk, place) => ({ place, similarity: dot(chunk.vector, vector), bm25: this.bm25(chunk, terms) }));
    const vectorRanks = ranks(scored, ({ similarity }) => similarity);
    const bm25Ranks = ranks(
      scored.filter(({ bm25 }) => bm25 > 0),
      ({ bm25 }) => bm25,
    );
    const candidates = scored
      .filter(({ place }) => vectorRanks.has(place) || bm25Ranks.has(place))
      .map((entry) => ({
        ...entry,
        documentId: '',
        ordinal: entry.place,
        vectorRank: vectorRanks.get(entry.place) ?? null,
        bm25Rank: bm25Ranks.get(entry.place) ?? null,
      }));
    return fuse(candidates, { strategy, fusion: 'score', alpha: 0.5 }).map(({ place }) => place);
  }

  private bm25({ frequencies, length }: IndexedChunk, terms: readonly string[]): number {
    return terms.reduce((sum, term) => {
      const [frequency, found] = [frequencies.get(term) ?? 0, this.documentFrequency.get(term) ?? 0];
      const idf = Math.log(1 + (this.chunks.length - found + 0.5) / (found + 0.5));
      return sum + (idf * frequency * (BM25_K1 + 1)) / (frequency + BM25_K1 * (1 - BM25_B + (BM25_B * length) / this.averageLength));
    }, 0);
  }
}

function ranks<Scored extends { readonly place: number }>(
  scored: readonly Scored[],
  scoreOf: (entry: Scored) => number,
): Map<number, number> {
  const best = scored.toSorted((a, b) => scoreOf(b) - scoreOf(a)).slice(0, LEG);
  return new Map(best.map(({ place }, index) => [place, index + 1]));
}
