import type { Block } from '@aegis/domain/shared/block';
import { type ChunkDraft, indexedText, indexedTitle } from '@aegis/domain/ingestion/chunk';
import { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from '@aegis/domain/ingestion/chunk-limits';
import { contentOf, type PackedChunk, packingChunks, planningChunks, splitChunk } from '@aegis/domain/ingestion/chunking';
import type { Steps } from '@aegis/domain/ingestion/steps';
import type { EmbeddingModel } from '../providers/embedding-model';

/** Texts of one `countTokens` call: small enough that an abort is noticed soon. */
const COUNT_BATCH = 512;
/** Read in one go, some 10 ms: in one process with the API, requests wait for no longer. */
const TURN_CHARACTERS = 100_000;
/** What a step costs whatever it reads, told in characters. */
const STEP_CHARACTERS = 32;

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
  const plan = await inTurns(planningChunks(blocks), signal);
  const shownTitle = indexedTitle(title) ?? '';
  const [empty = 0, titleInput = 0, ...counts] = await countAll(model, ['', shownTitle, ...plan.texts], signal);
  const tokens = new Map(plan.texts.map((text, index) => [text, (counts[index] ?? 0) - empty]));
  const tokensOf = (text: string): number => tokens.get(text) ?? estimatedTokens(text);
  const room = maxTokens - titleInput - (shownTitle === '' ? 0 : 1);
  const packed = await inTurns(packingChunks(plan, tokensOf, limits, room), signal);
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

/** Takes the steps one after another, and lets the event loop have its turn every few of them. */
async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  let characters = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    characters += step.value + STEP_CHARACTERS;
    if (characters < TURN_CHARACTERS) continue;
    characters = 0;
    await othersTurn();
    signal.throwIfAborted();
  }
}

const othersTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

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
  const result: Counted[] = [];
  for (let from = 0; from < packed.length; from += COUNT_BATCH) {
    const chunks = packed.slice(from, from + COUNT_BATCH).map((chunk) => ({ ...chunk, content: contentOf(chunk) }));
    const inputs = chunks.map((chunk) => indexedText(chunk, title));
    const counts = await countAll(model, inputs, signal);
    for (const [index, chunk] of chunks.entries()) {
      const tokenCount = counts[index] ?? 0;
      if (tokenCount <= maxTokens) result.push({ chunk, tokenCount });
      else for (const piece of await cutToFit(model, splitChunk(chunk), title, maxTokens, signal)) result.push(piece);
    }
    await othersTurn();
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
