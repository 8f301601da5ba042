import { type AnswerabilityFigures, answerabilityFigures, type EvidenceGap } from '@aegis/domain/answering/answerability';
import { gapsLogOdds } from '@aegis/domain/answering/confidence';
import type { ChunkText } from '@aegis/domain/shared/chunk-text';

/** A question as it was searched for, and what was found. */
export interface CheckedEvidence {
  readonly question: string;
  /** Best first. */
  readonly chunks: readonly ChunkText[];
  /** Of the state that was searched, and of the uploads that were: what holds in a year does not have to say so. */
  readonly years: readonly string[];
}

export interface Answerability {
  /** Added to the log odds of the first stage; 0 or less: it may doubt, and never makes surer. */
  readonly logOdds: number;
  /** What the question names or asks for and the evidence does not hold. */
  readonly gaps: readonly EvidenceGap[];
}

/**
 * Second stage of the confidence: is the fact itself in what was found? Implementations see the question and the best chunks first, give the
 * same for the same, and never fail a query: what they cannot tell is 0 and no gap. Only a caller that left is an error.
 */
export abstract class AnswerabilityCheck {
  abstract check(evidence: CheckedEvidence, signal: AbortSignal): Promise<Answerability>;
}

/** Expected answer, years, numbers and names of the question against the chunks. Needs no model. */
export class RuleBasedAnswerability extends AnswerabilityCheck {
  check({ question, chunks, years }: CheckedEvidence): Promise<Answerability> {
    if (chunks.length === 0) return Promise.resolve({ logOdds: 0, gaps: [] });
    const figures = answerabilityFigures(question, chunks, years);
    const gaps = (Object.keys(figures) as (keyof AnswerabilityFigures)[]).filter((gap) => figures[gap] > 0);
    return Promise.resolve({ logOdds: gapsLogOdds(figures), gaps });
  }
}

/** Leaves it to the first stage. */
export class NoAnswerabilityCheck extends AnswerabilityCheck {
  check(): Promise<Answerability> {
    return Promise.resolve({ logOdds: 0, gaps: [] });
  }
}
