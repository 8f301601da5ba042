import type { PlannedText, SearchPlan } from '@aegis/domain/retrieval/understanding/search-plan';
import type { EmbeddingKind, EmbeddingModel } from '../providers/embedding-model';

export interface PlannedVector {
  readonly vector: Float32Array | null;
  /** The question's own compressed token vectors; null where the model shows none. */
  readonly codes: Uint8Array | null;
  readonly tokens: number;
  /** The question itself was longer than the model reads. */
  readonly truncated: boolean;
}

/** Below this a vector is one text's and of unit length, but for what rounding does. */
const ROUNDING = 1e-4;

/**
 * The weighted mean of a question's vector and of those planned beside it. It keeps its length: how much shorter than 1 it is says how far
 * the texts lie apart, and makes a product with it the mean of the similarities to each text.
 */
export async function plannedVector(
  model: Pick<EmbeddingModel, 'embed'>,
  query: string,
  { texts }: Pick<SearchPlan, 'texts'>,
  signal: AbortSignal,
): Promise<PlannedVector> {
  const all: readonly PlannedText[] = [{ text: query, kind: 'query', weight: 1 }, ...texts];
  const weighted: { readonly vector: Float32Array; readonly weight: number }[] = [];
  let tokens = 0;
  let truncated = false;
  let codes: Uint8Array | null = null;
  for (const kind of ['query', 'passage'] as const satisfies readonly EmbeddingKind[]) {
    const ofKind = all.filter((planned) => planned.kind === kind);
    if (ofKind.length === 0) continue;
    const result = await model.embed({ kind, texts: ofKind.map(({ text }) => text), signal });
    tokens += result.tokens;
    if (kind === 'query') {
      truncated = result.truncated[0] === true;
      codes = result.tokenCodes?.[0] ?? null;
    }
    ofKind.forEach(({ weight }, index) => {
      const vector = result.vectors[index];
      if (vector !== undefined) weighted.push({ vector, weight });
    });
  }
  const [first] = weighted;
  if (first === undefined) return { vector: null, codes, tokens, truncated };
  return { codes, vector: weighted.length === 1 ? first.vector : meanOf(weighted, first.vector.length), tokens, truncated };
}

function meanOf(weighted: readonly { readonly vector: Float32Array; readonly weight: number }[], dimensions: number): Float32Array {
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const mean = new Float32Array(dimensions);
  for (const { vector, weight } of weighted)
    vector.forEach((value, index) => (mean[index] = (mean[index] ?? 0) + (value * weight) / total));
  return mean;
}

/** A cosine with the vector's direction → the mean of the similarities to the texts that it was made of. */
export function similarityScale(vector: Float32Array | null): number {
  if (vector === null) return 1;
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Math.abs(length - 1) < ROUNDING ? 1 : length;
}
