import type { ChunkText } from '../shared/chunk-text';
import type { RankedChunk } from '../shared/ranked-chunk';
import { type ComparedText, comparedText, textKey } from './repeated-text';

/** A candidate that can be told from others that say the same. */
export type Selectable = RankedChunk & { readonly chunkId: string; readonly text: ChunkText };

export interface SelectionOptions {
  readonly topK: number;
  /** `results`: nothing is kept back while there is room. `answer`: what is said already is left out. */
  readonly purpose: 'results' | 'answer';
  /** Whether the order was left to us: only then others come forward. */
  readonly isOurOrder: boolean;
  /** Whether all was asked of one document. */
  readonly isOneDocument: boolean;
}

/** The share of the places that chunks of one document may take while others have something comparable; two at least. */
const SHARE_OF_ONE = 0.6;
/** Comparable by the order: so many standard deviations of the candidates' scores below the one that gives up its place, at most. */
const SCORES_APART = 0.25;
/** Or by what both searches said, for among candidates that are all alike any difference is many deviations: cosines, and BM25's share. */
const COSINES_APART = 0.01;
const BM25_SHARE = 0.9;

/**
 * The best `topK` of the ranked candidates, in their order. What is said already gives up its place, and so do the weaker chunks of a
 * document that has most places, where another document has something comparable. Whoever gave up comes back where there is room; what an
 * answer's sources say already never does.
 */
export function select<Chunk extends Selectable>(ranked: readonly Chunk[], options: SelectionOptions): readonly Chunk[] {
  const { topK, purpose, isOurOrder, isOneDocument } = options;
  if (purpose === 'results' && !isOurOrder) return ranked.slice(0, topK);
  const said = new SaidSoFar(purpose);
  const [taken, repeated]: [Chunk[], Chunk[]] = [[], []];
  let at = 0;
  for (; at < ranked.length && taken.length < topK; at += 1) {
    const chunk = ranked[at];
    if (chunk !== undefined) (said.adds(chunk) ? taken : repeated).push(chunk);
  }
  const chosen = new Set(taken);
  if (isOurOrder && !isOneDocument) {
    for (const [weaker, other] of others(taken, ranked.slice(at), { topK, apart: SCORES_APART * deviationOf(ranked), said })) {
      chosen.delete(weaker);
      chosen.add(other);
    }
  }
  for (const chunk of purpose === 'results' ? repeated : []) if (chosen.size < topK) chosen.add(chunk);
  return ranked.filter((chunk) => chosen.has(chunk));
}

/** Id of the better chunk with the same text, of those that have one. */
export function duplicatesIn(chunks: readonly Selectable[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const duplicates = new Map<string, string>();
  for (const { chunkId, text } of chunks) {
    const key = text.read(textKey);
    const original = first.get(key);
    if (original === undefined) first.set(key, chunkId);
    else duplicates.set(chunkId, original);
  }
  return duplicates;
}

/** What was taken so far, as texts. */
class SaidSoFar {
  private readonly texts: ComparedText[] = [];
  private readonly keys = new Set<string>();

  constructor(private readonly purpose: SelectionOptions['purpose']) {}

  /** Whether a chunk says something new. Exact copies stay among results, where they are marked. */
  adds(chunk: Selectable): boolean {
    const [text, key] = [chunk.text.read(comparedText), chunk.text.read(textKey)];
    const stays = this.purpose === 'results' && this.keys.has(key);
    if (!stays && this.texts.some((before) => text.isSaidIn(before))) return false;
    this.texts.push(text);
    this.keys.add(key);
    return true;
  }
}

interface Taking {
  readonly topK: number;
  /** So far apart, scores are comparable. */
  readonly apart: number;
  readonly said: SaidSoFar;
}

/** Pairs of one that is too many of its document, the weakest first, and one of another document that takes its place. */
function others<Chunk extends Selectable>(
  taken: readonly Chunk[],
  rest: readonly Chunk[],
  { topK, apart, said }: Taking,
): readonly (readonly [Chunk, Chunk])[] {
  const most = Math.max(2, Math.ceil(topK * SHARE_OF_ONE));
  const counts = new Map<string, number>();
  const count = ({ documentId }: Chunk, by: number): number => {
    counts.set(documentId, (counts.get(documentId) ?? 0) + by);
    return counts.get(documentId) ?? 0;
  };
  const tooMany = taken.filter((chunk) => count(chunk, 1) > most);
  const pairs: (readonly [Chunk, Chunk])[] = [];
  for (const chunk of rest) {
    if (tooMany.length === 0) break;
    if (count(chunk, 0) >= most) continue;
    const weaker = tooMany.findLast((one) => isComparable(chunk, one, apart));
    if (weaker === undefined || !said.adds(chunk)) continue;
    tooMany.splice(tooMany.indexOf(weaker), 1);
    count(chunk, 1);
    pairs.push([weaker, chunk]);
  }
  return pairs;
}

function isComparable(chunk: Selectable, other: Selectable, apart: number): boolean {
  if (chunk.score >= other.score - apart) return true;
  const isAsNear = (chunk.similarity ?? 0) >= (other.similarity ?? 0) - COSINES_APART;
  return isAsNear && (chunk.bm25 ?? 0) >= BM25_SHARE * (other.bm25 ?? 0);
}

function deviationOf(chunks: readonly Selectable[]): number {
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const mean = average(chunks.map(({ score }) => score));
  return Math.sqrt(average(chunks.map(({ score }) => (score - mean) ** 2)));
}
