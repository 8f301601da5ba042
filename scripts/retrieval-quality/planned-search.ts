import { BM25_B, BM25_K1 } from '@aegis/domain/shared/bm25-terms';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import { CANDIDATES_PER_LEG } from '@aegis/domain/shared/ranked-chunk';
import type { SearchPlan } from '@aegis/domain/retrieval/understanding/search-plan';
import type { IndexedPassage, LabCandidate } from './corpus-index';

export interface PlannedSearch {
  readonly candidates: readonly LabCandidate[];
  readonly totalIdf: number;
}

interface Posting {
  readonly at: number;
  readonly frequency: number;
}

/** One tenant in memory, searched by the formulas of the database's SQL, with terms that count less than whole. */
export class PlannedIndex {
  private readonly postings = new Map<string, Posting[]>();
  private readonly averageLength: number;

  constructor(readonly passages: readonly IndexedPassage[]) {
    passages.forEach(({ frequencies }, at) => {
      for (const [term, frequency] of frequencies) {
        const list = this.postings.get(term) ?? [];
        list.push({ at, frequency });
        this.postings.set(term, list);
      }
    });
    this.averageLength = passages.reduce((sum, { length }) => sum + length, 0) / Math.max(1, passages.length);
  }

  /** `vector`: the weighted mean of the planned texts, as long as it is. */
  search(query: string, { terms }: Pick<SearchPlan, 'terms'>, vector: Float32Array): PlannedSearch {
    const own = new Set(queryTerms(query));
    const weights = new Map([...terms.map(({ term, weight }) => [term, weight] as const), ...[...own].map((term) => [term, 1] as const)]);
    const bm25 = new Float64Array(this.passages.length);
    const covered = new Float64Array(this.passages.length);
    let totalIdf = 0;
    for (const [term, weight] of weights) {
      const list = this.postings.get(term) ?? [];
      const idf = weight * Math.log(1 + (this.passages.length - list.length + 0.5) / (list.length + 0.5));
      totalIdf += idf;
      for (const { at, frequency } of list) {
        const norm = BM25_K1 * (1 - BM25_B + (BM25_B * (this.passages[at]?.length ?? 0)) / this.averageLength);
        bm25[at] = (bm25[at] ?? 0) + (idf * (BM25_K1 + 1) * frequency) / (frequency + norm);
        covered[at] = (covered[at] ?? 0) + idf;
      }
    }
    const similarity = this.passages.map((entry) => entry.vector.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0));
    const vectorRank = ranksOf(similarity, -Infinity);
    const bm25Rank = ranksOf(bm25, 0);
    const found = [...new Set([...vectorRank.keys(), ...bm25Rank.keys()])];
    const candidates = found.map((at): LabCandidate => {
      const id = this.passages[at]?.passage.id ?? '';
      const scores = { similarity: similarity[at] ?? 0, bm25: bm25[at] ?? 0, coveredIdf: covered[at] ?? 0, coveredTerms: 0 };
      return { id, documentId: id, ordinal: 0, ...scores, vectorRank: vectorRank.get(at) ?? null, bm25Rank: bm25Rank.get(at) ?? null };
    });
    return { candidates, totalIdf };
  }
}

/** 1-based ranks of the best; a score must be above `floor` to be found at all. */
function ranksOf(scores: ArrayLike<number>, floor: number): Map<number, number> {
  const found = Array.from(scores, (score, at) => ({ score, at })).filter(({ score }) => score > floor);
  found.sort((a, b) => b.score - a.score);
  return new Map(found.slice(0, CANDIDATES_PER_LEG).map(({ at }, index) => [at, index + 1]));
}
