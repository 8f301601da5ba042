import {
  EmbeddingModel,
  type EmbeddingModelIdentity,
  type EmbeddingRequest,
  type EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { fakeVector, unitVector } from './corpus';

/** As models do that compute in batches: the same text twice is nearly, not quite, the same vector. Counts what it was asked. */
export class WaveringEmbeddingModel extends EmbeddingModel {
  /** Texts embedded so far. */
  asked = 0;
  /** Called before a result is given; may throw. */
  meanwhile: (request: EmbeddingRequest) => Promise<unknown> = () => Promise.resolve();

  constructor(readonly identity: EmbeddingModelIdentity) {
    super();
  }

  async embed(request: EmbeddingRequest): Promise<EmbeddingResult> {
    this.asked += request.texts.length;
    const which = this.asked;
    await this.meanwhile(request);
    const vectors = request.texts.map((text) => {
      const exact = fakeVector(text, this.identity.dimensions);
      return unitVector(Array.from(exact, (value, at) => value + 0.2 * Math.sin(which + at)));
    });
    return { vectors, tokens: request.texts.length * 10, truncated: request.texts.map(() => false) };
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
