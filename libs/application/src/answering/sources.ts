import type { Passage } from '@aegis/domain/answering/passage';
import type { RankedChunk } from '@aegis/domain/shared/ranked-chunk';
import type { FoundChunk } from '../retrieval/chunk-reader';
import type { JudgedEvidence } from './judged-evidence';
import type { PromptSource } from './prompt';
import type { Source } from './query-answer';

/** The found chunks as a client sees them; `citationOf`: the number by which an answer cites a chunk. */
export const sourcesOf = (
  { chunks, duplicates }: Pick<JudgedEvidence, 'chunks' | 'duplicates'>,
  citationOf: (chunkId: string) => number | null = () => null,
): readonly Source[] =>
  chunks.map((chunk) => ({
    ...sourceOf(chunk),
    duplicateOf: duplicates.get(chunk.chunkId) ?? null,
    citation: citationOf(chunk.chunkId),
  }));

function sourceOf(chunk: RankedChunk<FoundChunk>): Omit<Source, 'duplicateOf' | 'citation'> {
  const { chunkId, documentId, filename, version, page, similarity, score, content } = chunk;
  return { chunkId, documentId, filename, version, page, section: chunk.section.join(' > '), similarity, score, content, quotes: [] };
}

/** The found chunks as a prompt takes them, best first. */
export const promptSourcesOf = (chunks: readonly RankedChunk<FoundChunk>[]): readonly PromptSource[] =>
  chunks.map(({ content, filename, page, section, documentId, ordinal, kind }) => ({
    ...{ content, filename, page, section: section.join(' > ') },
    place: { documentId, ordinal, kind },
  }));

/** The passages of a prompt with the sources that they are made of. */
export const passagesOf = (
  passages: readonly Passage<PromptSource & { readonly at: number }>[],
  sources: readonly Source[],
): readonly Passage<Source>[] =>
  passages.map(({ content, parts }) => ({
    content,
    parts: parts.flatMap(({ chunk, ...span }) => {
      const source = sources[chunk.at];
      return source === undefined ? [] : [{ ...span, chunk: source }];
    }),
  }));
