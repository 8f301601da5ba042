import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import { duplicatesIn, select, type SelectionOptions } from '@aegis/domain/answering/selection';
import type { FoundChunk } from '../retrieval/chunk-reader';
import type { Evidence, EvidenceRequest } from '../retrieval/evidence-reader';
import type { Judgement } from './confidence-judge';

/** Evidence with how sure it makes us, cut to what may be used. */
export interface JudgedEvidence extends Omit<Evidence, 'ranked' | 'fusedOrder' | 'late'>, Judgement {
  /** Best first, at most `topK`. */
  readonly chunks: readonly RankedChunk<FoundChunk>[];
  /** By the id of a chunk, the id of the better one among them with the same text. */
  readonly duplicates: ReadonlyMap<string, string>;
}

/** What was found, as far as it may be used, with how sure it makes us. */
export function judgedEvidence(
  { ranked, fusedOrder: _order, late: _late, ...evidence }: Evidence,
  judgement: Judgement,
  selection: SelectionOptions,
): JudgedEvidence {
  const chunks = select(ranked, selection);
  return { ...evidence, ...judgement, chunks, duplicates: duplicatesIn(chunks) };
}

/** What is taken of what was found: who names an order gets it, and who names one document wants that one. */
export const selectionFor = (
  { filter, rerank = false }: Pick<EvidenceRequest, 'filter' | 'rerank'>,
  topK: number,
  purpose: SelectionOptions['purpose'],
): SelectionOptions => ({
  topK,
  purpose,
  isOurOrder: rerank,
  isOneDocument: filter.documentIds.length === 1 || filter.filenames.length === 1,
});
