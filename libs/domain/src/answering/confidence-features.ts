import type { ChunkText } from '../shared/chunk-text';
import { queryTerms } from '../shared/query-terms';
import type { SearchCandidate } from '../shared/ranked-chunk';
import { TermFinder } from '../shared/term-places';
import { foreignTo } from './foreign-text';
import { sentenceTexts } from './sentence';

/** A candidate of the final ranking, with what is needed to see how much of the query it holds. */
export interface EvidenceChunk extends SearchCandidate {
  readonly text: ChunkText;
  /** Sum of the idf of the query's terms that the indexed chunk holds. */
  readonly coveredIdf: number;
  /** How the query's tokens are met within one stretch of the chunk, -1 to 1; null where they were not compared. */
  readonly late: { readonly near: number } | null;
}

export interface Evidence {
  readonly query: string;
  /** All candidates of both legs, best first, not only those that are shown: their mean is the measure for the best. */
  readonly chunks: readonly EvidenceChunk[];
  /** Sum of the idf of all terms of the query, with the idf of df = 0 for those in no chunk. */
  readonly totalIdf: number;
  /** Chunks that could have been found. */
  readonly chunksSearched: number;
}

/** What the confidence is computed from; what grows speaks for an answer, but for `termShortfall` and `logChunks`. */
export interface ConfidenceFeatures {
  /** Best cosine similarity; 0 without a query vector. */
  readonly topSimilarity: number;
  /** How far the best similarity is above the mean of the candidates in the same language; `standardLead` in standard deviations, without a model's scale. */
  readonly similarityLead: number;
  readonly standardLead: number;
  /** Share of the query's idf that the best of the first chunks holds. */
  readonly idfCoverage: number;
  /** Share of the query's terms in the best single sentence of the first chunks; terms of title or heading count half. */
  readonly sentenceCoverage: number;
  /** 1 where both legs put the same chunk first. */
  readonly legsAgree: number;
  /** How far `sentenceCoverage` stays below what answers usually have, 0 when it does not; 0 in the other language too. Speaks against an answer. */
  readonly termShortfall: number;
  /** Share of the query's numbers and codes that one of the first chunks holds; 1 where the query has none. */
  readonly numbersFound: number;
  /** Natural logarithm of 1 + chunks searched: the best of many is similar to anything. */
  readonly logChunks: number;
  /** 1 where the most similar chunk is in the other language than the query: no term can match then. */
  readonly foreign: number;
  /** Its similarity around the usual one, 0 in one language. */
  readonly foreignSimilarity: number;
  /** How well the query's tokens are met within one stretch of a chunk, at best; 0 where none were compared. */
  readonly tokensNear: number;
  /** How far the best of these is above their mean, among the candidates in the language of the most similar. */
  readonly tokensLead: number;
  /** In how many of two other orders the most similar chunk is first, 0, 0.5 or 1: that of the fusion, and that of the tokens in its language. */
  readonly mostSimilarFirst: number;
}

/** Chunks that count as evidence. Not `top_k`: how many sources a client wants to see must not change how sure we are. */
const EVIDENCE_CHUNKS = 5;
const USUAL_SIMILARITY = 0.85;
/** More than half of the answerable queries have more of their terms in one sentence of the documents, one in fourteen of the others. */
const USUAL_COVERAGE = 0.6;
const CONTEXT_SHARE = 0.5;

const share = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, part / whole));
const highest = (values: readonly number[]): number => Math.max(0, ...values);
const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** The first of equals. */
const best = <T>(items: readonly T[], of: (item: T) => number): T | undefined =>
  items.reduce<T | undefined>((before, item) => (before === undefined || of(item) > of(before) ? item : before), undefined);

function sentenceCoverage(terms: TermFinder, { text }: EvidenceChunk): number {
  const around = terms.heldIn(text.context);
  const covered = text.read(sentenceTexts).map((sentence) => {
    const own = terms.heldIn(sentence);
    return own.size + CONTEXT_SHARE * [...around].filter((term) => !own.has(term)).length;
  });
  return share(highest(covered), terms.count);
}

function numbersFound(terms: readonly string[], chunks: readonly EvidenceChunk[]): number {
  const numbers = terms.filter((term) => /\d/.test(term));
  if (numbers.length === 0) return 1;
  const wanted = new TermFinder(numbers);
  return highest(chunks.map(({ text }) => share(wanted.heldIn(`${text.context}\n${text.content}`).size, wanted.count)));
}

type SimilarityFeatures = Pick<
  ConfidenceFeatures,
  'topSimilarity' | 'similarityLead' | 'standardLead' | 'foreign' | 'foreignSimilarity' | 'tokensLead' | 'mostSimilarFirst'
>;

const NO_SIMILARITY: SimilarityFeatures = {
  topSimilarity: 0,
  similarityLead: 0,
  standardLead: 0,
  foreign: 0,
  foreignSimilarity: 0,
  tokensLead: 0,
  mostSimilarFirst: 0,
};

function similarityFeatures({ query, chunks }: Evidence): SimilarityFeatures {
  const known = chunks.flatMap((chunk) => (chunk.similarity === null ? [] : [{ chunk, similarity: chunk.similarity }]));
  const top = best(known, ({ similarity }) => similarity);
  if (top === undefined) return NO_SIMILARITY;
  const isForeign = foreignTo(query);
  const foreign = isForeign(top.chunk.text);
  // Measured among its own language: a Korean chunk is far from an English query for that reason alone.
  const peers = known.filter(({ chunk }) => isForeign(chunk.text) === foreign);
  const mean = average(peers.map(({ similarity }) => similarity));
  const deviation = Math.sqrt(average(peers.map(({ similarity }) => (similarity - mean) ** 2)));
  const compared = peers.flatMap(({ chunk }) => (chunk.late === null ? [] : [{ chunk, near: chunk.late.near }]));
  const nearest = best(compared, ({ near }) => near);
  return {
    topSimilarity: top.similarity,
    similarityLead: top.similarity - mean,
    standardLead: deviation < 1e-9 ? 0 : (top.similarity - mean) / deviation,
    foreign: foreign ? 1 : 0,
    foreignSimilarity: foreign ? top.similarity - USUAL_SIMILARITY : 0,
    tokensLead: nearest === undefined ? 0 : nearest.near - average(compared.map(({ near }) => near)),
    mostSimilarFirst: average([chunks[0], nearest?.chunk].map((first) => (first === top.chunk ? 1 : 0))),
  };
}

/** Of all candidates that were compared, as far down as they stand. */
const tokensNear = (chunks: readonly EvidenceChunk[]): number => highest(chunks.flatMap(({ late }) => (late === null ? [] : [late.near])));

/** Whether tokens were compared of all chunks that count as evidence. */
export const hasTokens = ({ chunks }: Evidence): boolean => chunks.slice(0, EVIDENCE_CHUNKS).every(({ late }) => late !== null);

/** The figures of one query's evidence. Pure: the same candidates give the same figures. */
export function confidenceFeatures(evidence: Evidence): ConfidenceFeatures {
  const { query, chunks, totalIdf, chunksSearched } = evidence;
  const terms = queryTerms(query);
  const first = chunks.slice(0, EVIDENCE_CHUNKS);
  const similarity = similarityFeatures(evidence);
  const finder = new TermFinder(terms);
  const coverage = highest(first.map((chunk) => sentenceCoverage(finder, chunk)));
  return {
    ...similarity,
    tokensNear: tokensNear(chunks),
    idfCoverage: highest(first.map(({ coveredIdf }) => share(coveredIdf, totalIdf))),
    sentenceCoverage: coverage,
    termShortfall: similarity.foreign === 1 ? 0 : Math.max(0, USUAL_COVERAGE - coverage),
    legsAgree: chunks.some(({ vectorRank, bm25Rank }) => vectorRank === 1 && bm25Rank === 1) ? 1 : 0,
    numbersFound: numbersFound(terms, first),
    logChunks: Math.log(1 + chunksSearched),
  };
}
