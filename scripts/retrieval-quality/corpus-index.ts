import { BM25_B, BM25_K1, passageTerms } from '@aegis/domain/shared/bm25-terms';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import { CANDIDATES_PER_LEG } from '@aegis/domain/shared/ranked-chunk';
import type { SearchCandidate } from '@aegis/domain/shared/ranked-chunk';
import type { JudgedPassage } from './judged-set';

export interface IndexedPassage {
  readonly passage: JudgedPassage;
  readonly vector: Float32Array;
  readonly frequencies: ReadonlyMap<string, number>;
  readonly length: number;
}

export interface LabCandidate extends SearchCandidate {
  readonly id: string;
  readonly coveredIdf: number;
  readonly coveredTerms: number;
}

/** What the database hands over for one query: the union of both legs' best, scored by both. */
export interface LabSearch {
  readonly candidates: readonly LabCandidate[];
  readonly totalIdf: number;
  readonly idf: ReadonlyMap<string, number>;
  readonly totalTerms: number;
  readonly chunkCount: number;
}

export function indexPassage(passage: JudgedPassage, vector: Float32Array): IndexedPassage {
  const { text, title } = passage;
  const end = title ? text.indexOf('\n') : 0;
  return { passage, vector, ...passageTerms(text.slice(0, end), text.slice(end)) };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

/** The retrieval of one tenant in memory, by the formulas of the database's SQL. */
export class CorpusIndex {
  private readonly documentFrequency = new Map<string, number>();
  private readonly averageLength: number;

  constructor(private readonly passages: readonly IndexedPassage[]) {
    for (const { frequencies } of passages) {
      for (const term of frequencies.keys()) this.documentFrequency.set(term, (this.documentFrequency.get(term) ?? 0) + 1);
    }
    this.averageLength = passages.reduce((sum, { length }) => sum + length, 0) / Math.max(1, passages.length);
  }

  search(query: string, queryVector: Float32Array): LabSearch {
    const weights = queryTerms(query).map((term) => ({ term, idf: this.idf(term) }));
    const scored = this.passages.map((entry) => ({ entry, similarity: dot(entry.vector, queryVector), ...this.textScore(entry, weights) }));
    const vectorRank = ranks(scored, ({ similarity }) => similarity);
    const bm25Rank = ranks(scored, ({ bm25 }) => bm25, 0);
    const candidates = scored.flatMap(({ entry, ...scores }) => {
      const found = { vectorRank: vectorRank.get(entry.passage.id) ?? null, bm25Rank: bm25Rank.get(entry.passage.id) ?? null };
      if (found.vectorRank === null && found.bm25Rank === null) return [];
      return [{ id: entry.passage.id, documentId: entry.passage.id, ordinal: 0, ...scores, ...found }];
    });
    const totalIdf = weights.reduce((sum, { idf }) => sum + idf, 0);
    const idf = new Map(weights.map((weight) => [weight.term, weight.idf]));
    return { candidates, totalIdf, idf, totalTerms: weights.length, chunkCount: this.passages.length };
  }

  private idf(term: string): number {
    const df = this.documentFrequency.get(term) ?? 0;
    return Math.log(1 + (this.passages.length - df + 0.5) / (df + 0.5));
  }

  private textScore(
    entry: IndexedPassage,
    weights: readonly { term: string; idf: number }[],
  ): { bm25: number; coveredIdf: number; coveredTerms: number } {
    let [bm25, coveredIdf, coveredTerms] = [0, 0, 0];
    const norm = BM25_K1 * (1 - BM25_B + (BM25_B * entry.length) / this.averageLength);
    for (const { term, idf } of weights) {
      const frequency = entry.frequencies.get(term) ?? 0;
      if (frequency === 0) continue;
      bm25 += (idf * (BM25_K1 + 1) * frequency) / (frequency + norm);
      coveredIdf += idf;
      coveredTerms += 1;
    }
    return { bm25, coveredIdf, coveredTerms };
  }
}

interface Scored {
  readonly entry: IndexedPassage;
  readonly similarity: number;
  readonly bm25: number;
}

/** 1-based ranks of the best; a score must be above `floor` to be found at all. */
function ranks(scored: readonly Scored[], scoreOf: (item: Scored) => number, floor = -Infinity): Map<string, number> {
  const found = scored.filter((item) => scoreOf(item) > floor).sort((a, b) => scoreOf(b) - scoreOf(a));
  return new Map(found.slice(0, CANDIDATES_PER_LEG).map((item, index) => [item.entry.passage.id, index + 1]));
}
