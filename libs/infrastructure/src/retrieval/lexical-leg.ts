/** What BM25 knows of one term in one state of a tenant's corpus. */
export interface DecodedTerm {
  /** ln(1 + (n - df + 0.5) / (df + 0.5)) as the database computes it: another logarithm may differ in the last bit. */
  readonly logOdds: number;
  /** The chunks that contain the term. */
  readonly chunkIds: Float64Array;
  /** For each of them what its frequency of the term and its length make of the idf: 0 to k1 + 1. */
  readonly saturations: Float64Array;
}

export interface AskedTerm {
  readonly decoded: DecodedTerm;
  /** How much of its idf the term counts with. */
  readonly weight: number;
}

/**
 * The text leg of a search, added up in this process. To the bit what `searchSql` makes of the same entries: all products are rounded to
 * numbers that add up without rounding, so that the order of the additions makes no difference.
 */
export class LexicalLeg {
  /** Sum of the idf of all terms. */
  readonly totalIdf: number;
  /** Of each, in their order. */
  readonly idf: readonly number[];
  /** The best chunks, the first one first. */
  readonly chunkIds: readonly number[];
  private readonly table: ScoreTable;

  /** `depth`: how many are the best. Terms are distinct. */
  constructor(terms: readonly AskedTerm[], depth: number) {
    this.table = new ScoreTable(terms.reduce((sum, { decoded }) => sum + decoded.chunkIds.length, 0));
    this.idf = terms.map((term) => this.add(term));
    this.totalIdf = this.idf.reduce((sum, idf) => sum + idf, 0);
    this.chunkIds = this.table.best(depth);
  }

  /** BM25 of a chunk and the sum of the idf of the terms that it contains; both 0 when it has none of them. */
  scoresOf(chunkId: number): { readonly bm25: number; readonly coveredIdf: number } {
    return this.table.scoresOf(chunkId);
  }

  private add({ decoded: { logOdds, chunkIds, saturations }, weight }: AskedTerm): number {
    const idf = exactlySummable(weight * logOdds);
    for (let at = 0; at < chunkIds.length; at += 1) this.table.add(chunkIds[at] ?? 0, exactlySummable(idf * (saturations[at] ?? 0)), idf);
    return idf;
  }
}

const FRACTION = 2 ** 34;
/** Added to a number below 2^51 it leaves no room for digits after the point, and the processor rounds half to even, as PostgreSQL's `round` does. */
const NO_FRACTION = 1.5 * 2 ** 52;
const rounded = (number: number): number => number + NO_FRACTION - NO_FRACTION;
const exactlySummable = (number: number): number => rounded(number * FRACTION) / FRACTION;

const EMPTY = -1;

/** Scores by chunk id, in arrays: an entry of a large tenant's posting list costs nanoseconds here, and a tenth of a microsecond in a Map. */
class ScoreTable {
  private readonly mask: number;
  private readonly keys: Float64Array;
  private readonly scores: Float64Array;
  private readonly covered: Float64Array;

  /** `most`: ids that may come. */
  constructor(most: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * most + 2));
    this.mask = size - 1;
    this.keys = new Float64Array(size).fill(EMPTY);
    this.scores = new Float64Array(size);
    this.covered = new Float64Array(size);
  }

  add(key: number, score: number, idf: number): void {
    const at = this.find(key);
    this.keys[at] = key;
    this.scores[at] = (this.scores[at] ?? 0) + score;
    this.covered[at] = (this.covered[at] ?? 0) + idf;
  }

  scoresOf(key: number): { readonly bm25: number; readonly coveredIdf: number } {
    const at = this.find(key);
    return { bm25: this.scores[at] ?? 0, coveredIdf: this.covered[at] ?? 0 };
  }

  /** By score in millionths, then by id: what differs less is a tie. */
  best(count: number): readonly number[] {
    const best: { readonly key: number; readonly score: number }[] = [];
    for (let at = 0; at < this.keys.length; at += 1) {
      const key = this.keys[at] ?? EMPTY;
      if (key === EMPTY) continue;
      const score = rounded((this.scores[at] ?? 0) * 1e6);
      const last = best.at(-1);
      if (best.length === count && last !== undefined && (score < last.score || (score === last.score && key > last.key))) continue;
      let place = best.length;
      for (let before = best[place - 1]; before !== undefined; before = best[place - 1]) {
        if (before.score > score || (before.score === score && before.key < key)) break;
        place -= 1;
      }
      best.splice(place, 0, { key, score });
      if (best.length > count) best.pop();
    }
    return best.map(({ key }) => key);
  }

  /** Where the key is, or the free place where it belongs. */
  private find(key: number): number {
    let at = Math.imul(key, 0x9e3779b1) & this.mask;
    while (this.keys[at] !== key && this.keys[at] !== EMPTY) at = (at + 1) & this.mask;
    return at;
  }
}
