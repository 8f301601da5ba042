import { EmbeddingModel, type EmbeddingRequest, type EmbeddingResult } from '@aegis/application/providers/embedding-model';
import { fakeVector } from './corpus';

/** Bills ten tokens a text; equal texts have equal vectors. */
export class PricedEmbeddingModel extends EmbeddingModel {
  readonly identity;
  /** Called before a result is given: a test lets the world change meanwhile. */
  meanwhile: () => Promise<unknown> = () => Promise.resolve();

  constructor(dimensions: number) {
    super();
    this.identity = { provider: 'priced', name: 'ten-a-text', dimensions, maxTokens: 512, digest: 'priced' };
  }

  async embed({ texts }: EmbeddingRequest): Promise<EmbeddingResult> {
    await this.meanwhile();
    const vectors = texts.map((text) => fakeVector(text, this.identity.dimensions));
    return { vectors, tokens: texts.length * 10, truncated: texts.map(() => false) };
  }

  countTokens(texts: readonly string[]): Promise<readonly number[]> {
    return Promise.resolve(texts.map(() => 10));
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
