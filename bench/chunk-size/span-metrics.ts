import type { Span } from './span-sets';

export interface PlacedChunk extends Span {
  /** Tokens of the content. */
  readonly tokens: number;
}

export interface SpanScores {
  /** Share of the marked characters that were retrieved. */
  readonly recall: number;
  /** Share of the retrieved characters that are marked. */
  readonly precision: number;
  /** Retrieved and marked, over retrieved or marked. */
  readonly iou: number;
}

/** What the first chunks give within a budget of tokens; the last one counts as far as the budget reaches. */
export function spanScores(ranked: readonly PlacedChunk[], marked: readonly Span[], budgetTokens: number): SpanScores {
  const retrieved = new Set<string>();
  let left = budgetTokens;
  for (const { document, start, end, tokens } of ranked) {
    if (left <= 0) break;
    const until = start + Math.round((end - start) * Math.min(1, left / tokens));
    for (let at = start; at < until; at += 1) retrieved.add(`${document} ${at}`);
    left -= tokens;
  }
  const wanted = new Set(
    marked.flatMap(({ document, start, end }) => Array.from({ length: end - start }, (_, index) => `${document} ${start + index}`)),
  );
  const hits = [...wanted].filter((place) => retrieved.has(place)).length;
  return { recall: hits / wanted.size, precision: hits / Math.max(1, retrieved.size), iou: hits / (wanted.size + retrieved.size - hits) };
}
