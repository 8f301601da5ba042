import { readJudgedSet } from '../../scripts/retrieval-quality/judged-set';
import type { CachedEmbedder } from '../../scripts/retrieval-quality/cached-embedder';
import { seededRandom } from '../../scripts/retrieval-quality/seeded-random';

const SETS = ['ko-korquad', 'en-squad2-a', 'ko-welfare-a', 'en-corp-tenants-a', 'en-mtrag-turns-a', 'en-tatqa-a', 'x-belebele-a'];

/** Tenants of one size: 100,000 chunks in 148 tenants altogether. */
export const SIZE_CLASSES: readonly { readonly chunks: number; readonly tenants: number }[] = [
  { chunks: 40_000, tenants: 1 },
  { chunks: 20_000, tenants: 1 },
  { chunks: 10_000, tenants: 1 },
  { chunks: 3_000, tenants: 5 },
  { chunks: 250, tenants: 40 },
  { chunks: 50, tenants: 100 },
];

export interface ReferenceChunk {
  readonly content: string;
  readonly vector: Float32Array;
}

/** How far a chunk's vector lies from its passage towards another one, at most; and noise on top, per dimension. */
const TOWARDS_ANOTHER = 0.45;
const NOISE = 0.004;
const CONTENT_CHARACTERS = 400;

/**
 * Vectors of real Korean and English passages, multiplied: each chunk is a passage moved towards another one, so that a hundred thousand lie
 * in the narrow cone that a real model fills, and none twice. The same for every run.
 */
export class ReferenceSet {
  private constructor(
    private readonly passages: readonly ReferenceChunk[],
    readonly queries: readonly Float32Array[],
    /** The texts of `queries`. */
    readonly questions: readonly string[],
  ) {}

  static async read(evalFolder: string, embedder: CachedEmbedder): Promise<ReferenceSet> {
    const sets = SETS.map((name) => readJudgedSet(evalFolder, name));
    const texts = [
      ...new Set(sets.flatMap((set) => [...[...set.corpora.values()].flat(), ...set.distractors].map((passage) => passage.text))),
    ];
    const vectors = await embedder.embed('passage', texts);
    const asked = [...new Set(sets.flatMap((set) => set.questions.map((question) => question.text)))];
    const passages = texts.flatMap((text, index) => {
      const vector = vectors[index];
      return vector === undefined ? [] : [{ content: text.slice(0, CONTENT_CHARACTERS), vector }];
    });
    return new ReferenceSet(passages, await embedder.embed('query', asked), asked);
  }

  *chunksOf(tenant: string, count: number): Generator<ReferenceChunk> {
    const random = seededRandom(`vector-search ${tenant}`);
    const any = (): ReferenceChunk => {
      const passage = this.passages[Math.floor(random() * this.passages.length)];
      if (passage === undefined) throw new Error('there are no passages');
      return passage;
    };
    for (let made = 0; made < count; made += 1) {
      const [from, to] = [any(), any()];
      const share = random() * TOWARDS_ANOTHER;
      const moved = from.vector.map((value, at) => value + share * ((to.vector[at] ?? 0) - value) + NOISE * (random() - 0.5));
      const length = Math.hypot(...moved);
      yield { content: from.content, vector: moved.map((value) => value / length) };
    }
  }

  /** The same questions for the same tenant, spread over all sets. */
  queriesOf(tenant: string, count: number): readonly Float32Array[] {
    const random = seededRandom(`vector-search queries ${tenant}`);
    return Array.from({ length: count }, () => this.queries[Math.floor(random() * this.queries.length)] ?? new Float32Array());
  }
}
