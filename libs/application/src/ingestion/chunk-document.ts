import type { Block } from '@aegis/domain/shared/block';
import { type ChunkDraft, indexedText, indexedTitle } from '@aegis/domain/ingestion/chunk';
import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from '@aegis/domain/ingestion/chunk-limits';
import { contentOf, packChunks, type PackedChunk, planChunks, splitChunk } from '@aegis/domain/ingestion/chunking';
import type { EmbeddingModel } from '../providers/embedding-model';

/** Texts of one `countTokens` call: small enough that an abort is noticed soon. */
const COUNT_BATCH = 512;

export interface DocumentToChunk {
  readonly blocks: readonly Block[];
  /** As the uploader gave it; part of every chunk's embedded input. */
  readonly title: string | null;
}

/**
 * Cuts a document into chunks that the model reads whole. Sizes are planned with the tokens of sentences and rows, then every chunk's
 * complete input is counted, and what is too long after all is cut again: a model that cuts in silence must never get the chance.
 */
export async function chunkDocument(
  model: EmbeddingModel,
  { blocks, title }: DocumentToChunk,
  signal: AbortSignal,
  limits: ChunkLimits = DEFAULT_CHUNK_LIMITS,
): Promise<ChunkDraft[]> {
  const maxTokens = Math.min(limits.maxTokens, model.identity.maxTokens);
  const plan = planChunks(blocks);
  const shownTitle = indexedTitle(title) ?? '';
  const [empty = 0, titleInput = 0, ...counts] = await countAll(model, ['', shownTitle, ...plan.texts], signal);
  const tokens = new Map(plan.texts.map((text, index) => [text, (counts[index] ?? 0) - empty]));
  const tokensOf = (text: string): number => tokens.get(text) ?? estimatedTokens(text);
  const room = maxTokens - titleInput - (shownTitle === '' ? 0 : 1);
  const packed = packChunks(plan, tokensOf, limits, room);
  const fitting = await cutToFit(model, packed, title, maxTokens, signal);
  return fitting.map(({ chunk: { section, page, kind, content }, tokenCount }, ordinal) => ({
    ordinal,
    content,
    section,
    page,
    kind,
    tokenCount,
  }));
}

interface Counted {
  readonly chunk: PackedChunk & { readonly content: string };
  readonly tokenCount: number;
}

/** Ends: every round at least halves what is too long, and a chunk of one character that does not fit throws. */
async function cutToFit(
  model: EmbeddingModel,
  packed: readonly PackedChunk[],
  title: string | null,
  maxTokens: number,
  signal: AbortSignal,
): Promise<Counted[]> {
  const chunks = packed.map((chunk) => ({ ...chunk, content: contentOf(chunk) }));
  const counts = await countAll(
    model,
    chunks.map((chunk) => indexedText(chunk, title)),
    signal,
  );
  const result: Counted[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const tokenCount = counts[index] ?? 0;
    if (tokenCount <= maxTokens) result.push({ chunk, tokenCount });
    else result.push(...(await cutToFit(model, splitChunk(chunk), title, maxTokens, signal)));
  }
  return result;
}

async function countAll(model: EmbeddingModel, texts: readonly string[], signal: AbortSignal): Promise<number[]> {
  const counts: number[] = [];
  for (let from = 0; from < texts.length; from += COUNT_BATCH) {
    signal.throwIfAborted();
    counts.push(...(await model.countTokens(texts.slice(from, from + COUNT_BATCH), signal)));
  }
  return counts;
}

/** For the few texts that come into being while packing: two characters a token is too many for English and enough for Korean mostly. */
const estimatedTokens = (text: string): number => Math.ceil(text.length / 2) + 1;
