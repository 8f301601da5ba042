import type { EmbeddingModel, EmbeddingRequest, EmbeddingResult } from '../providers/embedding-model';
import { plannedVector, similarityScale } from './planned-vector';

const VECTORS: Readonly<Record<string, readonly number[]>> = {
  'query: 동': [1, 0],
  'query: 북': [0, 1],
  'passage: 동북': [Math.SQRT1_2, Math.SQRT1_2],
};
const { signal } = new AbortController();

class Compass implements Pick<EmbeddingModel, 'embed'> {
  embed({ kind, texts }: EmbeddingRequest): Promise<EmbeddingResult> {
    const vectors = texts.map((text) => new Float32Array(VECTORS[`${kind}: ${text}`] ?? []));
    return Promise.resolve({ vectors, tokens: texts.length * 10, truncated: texts.map((text) => text === '북') });
  }
}

describe('plannedVector', () => {
  it('is the vector of the question where nothing is planned', async () => {
    const { vector, tokens, truncated } = await plannedVector(new Compass(), '동', { texts: [] }, signal);
    expect([Array.from(vector ?? []), tokens, truncated, similarityScale(vector)]).toEqual([[1, 0], 10, false, 1]);
  });

  it('is the weighted mean of all texts, so that a similarity is the mean of their similarities', async () => {
    const texts = [
      { text: '북', kind: 'query', weight: 0.5 },
      { text: '동북', kind: 'passage', weight: 1 },
    ] as const;
    const { vector, tokens, truncated } = await plannedVector(new Compass(), '동', { texts }, signal);
    expect([tokens, truncated]).toEqual([30, false]);
    const chunk = [0.6, 0.8];
    const length = similarityScale(vector);
    const cosine = Array.from(vector ?? []).reduce((sum, value, index) => sum + value * (chunk[index] ?? 0), 0) / length;
    const diagonal = (0.6 + 0.8) * Math.SQRT1_2;
    expect(cosine * length).toBeCloseTo((0.6 + 0.5 * 0.8 + diagonal) / 2.5, 6);
    expect(length).toBeLessThan(1);
  });

  it('tells of a question that is too long, not of what is planned beside it', async () => {
    const texts = [{ text: '동', kind: 'query', weight: 0.5 }] as const;
    expect((await plannedVector(new Compass(), '북', { texts }, signal)).truncated).toBe(true);
  });
});
