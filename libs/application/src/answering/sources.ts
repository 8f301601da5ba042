import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import type { EvidenceSource } from '../providers/language-model';
import type { FoundChunk } from '../retrieval/chunk-reader';
import type { Source } from './query-answer';

/** A found chunk as a client sees it. */
export function sourceOf(chunk: RankedChunk<FoundChunk>, citation: number | null, quotes: Source['quotes'] = []): Source {
  const { chunkId, documentId, filename, version, page, similarity, score, content } = chunk;
  return { chunkId, documentId, filename, version, page, section: chunk.section.join(' > '), similarity, score, content, citation, quotes };
}

/** A found chunk as the answering model sees it: number 1 is the best. */
export const evidenceOf = (chunks: readonly RankedChunk<FoundChunk>[]): readonly EvidenceSource[] =>
  chunks.map((chunk, index) => ({
    number: index + 1,
    content: chunk.content,
    filename: chunk.filename,
    page: chunk.page,
    section: chunk.section.join(' > '),
  }));
