import type { EvidenceGap } from '@aegis/domain/answering/answerability';
import { confidenceJudgedBy, evidenceLogOdds } from '@aegis/domain/answering/confidence';
import { probabilityOf } from '@aegis/domain/answering/confidence-model';
import type { EvidenceChunk } from '@aegis/domain/answering/confidence-features';
import { CANDIDATES_PER_LEG } from '@aegis/domain/shared/ranked-chunk';
import type { ConfidenceCalibration } from '@aegis/domain/tenants/tenant-settings';
import type { FoundChunk } from '../retrieval/chunk-reader';
import type { Evidence, EvidenceRequest } from '../retrieval/evidence-reader';
import type { AnswerabilityCheck } from './answerability-check';

export interface Judgement {
  /** Calibrated probability, 0 to 1, that the evidence answers the query; `topK` does not change it. */
  readonly confidence: number;
  /** The same before the tenant's own calibration. */
  readonly uncalibratedConfidence: number;
  /** Embedding model and version of the fit: a calibration holds for the same only. */
  readonly judgedBy: string;
  /** What the question names or asks for and the evidence does not hold. */
  readonly gaps: readonly EvidenceGap[];
  /** The tenant's calibration that was applied, null without one. */
  readonly calibration: ConfidenceCalibration | null;
}

/** What is judged: a query as it was searched for, with what was found for it. */
export interface JudgedQuery {
  readonly embeddingModel: string;
  readonly request: Pick<EvidenceRequest, 'query' | 'filter'>;
  readonly askedAt: Date;
  readonly evidence: Pick<Evidence, 'ranked' | 'fusedOrder' | 'late' | 'totalIdf' | 'chunksSearched' | 'validAt'>;
  readonly calibration: ConfidenceCalibration | null;
}

/** How sure the evidence makes us: retrieval first, then whether the fact is there, then what the tenant's own questions taught. */
export class ConfidenceJudge {
  constructor(private readonly answerability: AnswerabilityCheck) {}

  /** In the order of the fusion, whatever a second look made of it: the confidence was fitted on that. */
  async judge({ embeddingModel, request, askedAt, evidence, calibration }: JudgedQuery, signal: AbortSignal): Promise<Judgement> {
    const { ranked, fusedOrder, late, totalIdf, chunksSearched, validAt } = evidence;
    const { query, filter } = request;
    const moments = [validAt ?? askedAt, filter.createdAfter, filter.createdBefore].filter((moment) => moment !== null);
    const place = new Map(fusedOrder.map((chunkId, at) => [chunkId, at]));
    const inOrder = [...ranked].sort((a, b) => (place.get(a.chunkId) ?? 0) - (place.get(b.chunkId) ?? 0));
    const chunks = inOrder.filter(isCandidate).map((chunk) => evidenceChunk(chunk, late));
    const { logOdds, gaps } = await this.answerability.check(
      { question: query, chunks: chunks.map(({ text }) => text), years: moments.map((moment) => String(moment.getUTCFullYear())) },
      signal,
    );
    const total = evidenceLogOdds(embeddingModel, { query, chunks, totalIdf, chunksSearched }) + logOdds;
    const judgedBy = confidenceJudgedBy(embeddingModel);
    const applied = calibration?.judgedBy === judgedBy ? calibration : null;
    const confidence = applied === null ? total : applied.slope * total + applied.intercept;
    return {
      confidence: probabilityOf(confidence),
      uncalibratedConfidence: probabilityOf(total),
      judgedBy,
      gaps,
      calibration: applied,
    };
  }
}

/** A large `topK` looks deeper than the confidence was fitted for. */
const isCandidate = ({ vectorRank, bm25Rank }: FoundChunk): boolean =>
  Math.min(vectorRank ?? Infinity, bm25Rank ?? Infinity) <= CANDIDATES_PER_LEG;

/** Field by field: spread, they take a hundred times as long. */
const evidenceChunk = (chunk: FoundChunk, late: JudgedQuery['evidence']['late']): EvidenceChunk => ({
  documentId: chunk.documentId,
  ordinal: chunk.ordinal,
  similarity: chunk.similarity,
  bm25: chunk.bm25,
  vectorRank: chunk.vectorRank,
  bm25Rank: chunk.bm25Rank,
  coveredIdf: chunk.coveredIdf,
  text: chunk.text,
  late: late.get(chunk.chunkId) ?? null,
});
