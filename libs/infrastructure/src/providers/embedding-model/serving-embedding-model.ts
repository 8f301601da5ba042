import {
  EmbeddingModel,
  type EmbeddingModelIdentity,
  type EmbeddingRequest,
  type EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { rememberMaker, type KnownModel } from '../../persistence/active-model';
import type { ServingModel } from '../../persistence/serving-model';

export interface OpenModel {
  readonly known: KnownModel;
  readonly model: EmbeddingModel;
}

/** Several open models as one: everybody is served by the one that serves now, and its vectors are remembered as its own. */
export class ServingEmbeddingModel extends EmbeddingModel {
  constructor(
    private readonly models: readonly OpenModel[],
    private readonly serving: ServingModel,
  ) {
    super();
  }

  /** One of them, whoever serves. */
  named(name: string): OpenModel | undefined {
    return this.models.find(({ known }) => known.name === name);
  }

  get identity(): EmbeddingModelIdentity {
    return this.now.model.identity;
  }

  countTokens(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    return this.now.model.countTokens(texts, signal);
  }

  async embed(request: EmbeddingRequest): Promise<EmbeddingResult> {
    const { known, model } = this.now;
    const result = await model.embed(request);
    for (const vector of result.vectors) rememberMaker(vector, known);
    return result;
  }

  check(signal: AbortSignal): Promise<void> {
    return this.now.model.check(signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.models.map(({ model }) => model.close()));
  }

  private get now(): OpenModel {
    const open = this.models.find(({ known }) => known.version === this.serving.version);
    if (open === undefined) throw new Error('the model that serves is not open');
    return open;
  }
}
