import { chunkDocument } from '@aegis/application/ingestion/chunk-document';
import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { indexedText } from '@aegis/domain/ingestion/chunk';
import { DEFAULT_CHUNK_LIMITS } from '@aegis/domain/ingestion/chunk-limits';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import { textBlocks } from '@aegis/infrastructure/providers/text-extractor/plain-text-reader';
import { resolve } from 'node:path';
import { ChunkRanking, indexed } from './chunk-size/ranking';
import { type PlacedChunk, spanScores } from './chunk-size/span-metrics';
import { englishSpans, koreanSpans, type SpanSet, visible } from './chunk-size/span-sets';

const SIZES = [128, 192, 256, 320, 384, 448];
const OVERLAPS = [0, 32, 64];
const BUDGETS = [1_000, 2_000];
const KOREAN_ARTICLES = 40;
const never = new AbortController().signal;

interface EmbeddedChunk {
  readonly place: PlacedChunk;
  readonly text: string;
}

/** Every document of the set, cut with the given sizes; `place` says where in its document a chunk stands. */
async function cut(model: EmbeddingModel, set: SpanSet, targetTokens: number, overlapTokens: number): Promise<EmbeddedChunk[]> {
  const all: EmbeddedChunk[] = [];
  for (const [document, text] of set.documents) {
    const limits = { ...DEFAULT_CHUNK_LIMITS, targetTokens, overlapTokens };
    const chunks = await chunkDocument(model, { blocks: textBlocks(text.split('\n')), title: null }, never, limits);
    const tokens = await model.countTokens(
      chunks.map(({ content }) => content),
      never,
    );
    const whole = visible(text);
    let from = 0;
    chunks.forEach((chunk, index) => {
      const content = visible(chunk.content);
      const start = whole.indexOf(content, from);
      if (start < 0) throw new Error(`a chunk of ${document} is not in its document`);
      from = start;
      all.push({ place: { document, start, end: start + content.length, tokens: tokens[index] ?? 0 }, text: indexedText(chunk, null) });
    });
  }
  return all;
}

async function measure(
  model: EmbeddingModel,
  set: SpanSet,
  queries: readonly Float32Array[],
  size: number,
  overlap: number,
): Promise<string[]> {
  const chunks = await cut(model, set, size, overlap);
  const { vectors, tokens } = await model.embed({ kind: 'passage', texts: chunks.map(({ text }) => text), signal: never });
  const ranking = new ChunkRanking(chunks.map(({ text }, index) => indexed(text, vectors[index] ?? new Float32Array())));
  const columns = (['vector', 'hybrid'] as const).flatMap((strategy) => {
    const ranked = set.questions.map(({ text }, index) =>
      ranking.rank(text, queries[index] ?? new Float32Array(), strategy).flatMap((place) => chunks[place]?.place ?? []),
    );
    return BUDGETS.flatMap((budget) => {
      const scores = set.questions.map(({ spans }, index) => spanScores(ranked[index] ?? [], spans, budget));
      const mean = (values: readonly number[]): string => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
      const recall = mean(scores.map((score) => score.recall));
      return budget === BUDGETS[0]
        ? [recall, mean(scores.map(({ precision }) => precision)), mean(scores.map(({ iou }) => iou))]
        : [recall];
    });
  });
  return [`${size}`, `${overlap}`, `${chunks.length}`, `${tokens}`, ...columns];
}

/** Prints a Markdown table: recall, precision and intersection over union of marked answers at equal budgets. Argument: evaluation folder. */
async function main(): Promise<void> {
  const evalFolder = resolve(process.argv[2] ?? '../shared/eval');
  const sets = [englishSpans(evalFolder), koreanSpans(evalFolder, KOREAN_ARTICLES)].filter((set) => set !== null);
  if (sets.length === 0) throw new Error(`no evaluation data in ${evalFolder}`);
  const model = await OnnxEmbeddingModel.open({ directory: resolve('models', 'multilingual-e5-small-ko-en') });
  for (const set of sets) {
    const { vectors } = await model.embed({ kind: 'query', texts: set.questions.map(({ text }) => text), signal: never });
    console.log(`\n${set.name}: ${set.questions.length} questions, ${set.documents.size} documents`);
    console.log(
      '| size | overlap | chunks | tokens embedded | vector recall@1000 | precision | IoU | recall@2000 | hybrid recall@1000 | precision | IoU | recall@2000 |',
    );
    console.log(`|${' ---: |'.repeat(12)}`);
    for (const size of SIZES)
      for (const overlap of OVERLAPS) console.log(`| ${(await measure(model, set, vectors, size, overlap)).join(' | ')} |`);
  }
  await model.close();
}

void main();
