import type { EvidenceGap } from '@aegis/domain/answering/answerability';
import type { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { EvidenceRequest } from '../retrieval/evidence-reader';
import type { ConversationTurn, RecordedUnderstanding, UnderstandingSwitches } from '../retrieval/question-reader';
import type { RefusalCode } from './query-record';

/** A query as it comes in; what is undefined takes the tenant's setting. */
export interface QueryInput extends EvidenceRequest {
  readonly topK: number | undefined;
  readonly minConfidence: number | undefined;
  /** What was said before, oldest first: only to understand the query. */
  readonly history: readonly ConversationTurn[];
  readonly understanding: UnderstandingSwitches;
}

/** A chunk of evidence. `quotes` are exact spans of `content`, UTF-16 code units, end exclusive. */
export interface Source {
  readonly chunkId: string;
  readonly documentId: string;
  readonly filename: string;
  readonly version: number;
  readonly page: number | null;
  /** Heading path joined by ` > `. */
  readonly section: string;
  /** Cosine similarity; null while vectors cannot be searched. */
  readonly similarity: number | null;
  readonly score: number;
  readonly content: string;
  /** Id of a better one among the sources with the same text; null where it is the first. */
  readonly duplicateOf: string | null;
  /** The number by which the answer cites it; null for evidence that is not cited. */
  readonly citation: number | null;
  readonly quotes: readonly { readonly start: number; readonly end: number }[];
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly embeddingTokens: number;
}

interface QueryOutcome {
  readonly queryId: string;
  readonly confidence: number;
  readonly sources: readonly Source[];
  readonly cost: MicroUsd;
  readonly latencyMs: number;
  /** Whether the sources are those that the same question found before, in the same state of the corpus. */
  readonly cache: 'hit' | 'miss';
  /** Stable codes of what was missing: `vector_search_unavailable`, `query_truncated_for_vector_search`, `llm_unavailable`, `query_rewriting_unavailable`. */
  readonly degraded: readonly string[];
  /** How the question was understood; null: as it stands. */
  readonly understanding: RecordedUnderstanding | null;
}

export interface Answered extends QueryOutcome {
  readonly refused: false;
  readonly answer: string;
  readonly model: string;
  readonly usage: TokenUsage;
}

export interface Refused extends QueryOutcome {
  readonly refused: true;
  /** In the language of the question. */
  readonly reason: string;
  readonly reasonCode: RefusalCode;
  readonly maxSimilarity: number | null;
}

export type QueryAnswer = Answered | Refused;

/** In this order: one `retrieval`, any number of `token`, one `done`. */
export type AnswerEvent =
  | {
      readonly type: 'retrieval';
      readonly queryId: string;
      readonly chunksFound: number;
      readonly maxSimilarity: number | null;
      readonly confidence: number;
      readonly sources: readonly Source[];
    }
  | { readonly type: 'token'; readonly content: string }
  | { readonly type: 'done'; readonly answer: QueryAnswer };

export interface SearchAnswer extends Omit<QueryOutcome, 'sources'> {
  readonly results: readonly Source[];
  readonly maxSimilarity: number | null;
  readonly chunksSearched: number;
  /** Before the tenant's own calibration, and who judged. */
  readonly uncalibratedConfidence: number;
  readonly judgedBy: string;
  /** What the question names or asks for and the evidence does not hold. */
  readonly gaps: readonly EvidenceGap[];
}
