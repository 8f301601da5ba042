import {
  LanguageModel,
  type GenerationEvent,
  type GenerationRequest,
  type LanguageModelIdentity,
} from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';

export interface Fallback {
  readonly from: LanguageModelIdentity;
  readonly to: LanguageModelIdentity;
  readonly failure: ProviderError;
}

/**
 * Asks the models in turn, a chosen one first, until one answers; what was said cannot be unsaid, so the next one is asked only while nothing was. Says first
 * who answers. `onFallback` is for the log.
 */
export class FallbackLanguageModel extends LanguageModel {
  readonly identity: LanguageModelIdentity;

  constructor(
    /** The one that is asked for, and who stands in for it, at best ending with one that needs no provider. */
    readonly models: readonly [LanguageModel, ...LanguageModel[]],
    private readonly onFallback: (fallback: Fallback) => void,
  ) {
    super();
    this.identity = models[0].identity;
  }

  override get mayAnswer(): readonly LanguageModelIdentity[] {
    return this.models.flatMap((model) => model.mayAnswer);
  }

  async *generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    const models = this.inOrder(request.model);
    for (const [position, model] of models.entries()) {
      const next = models[position + 1];
      let announced = false;
      try {
        for await (const event of model.generate(request)) {
          if (event.type === 'model') continue;
          if (!announced) yield { type: 'model', ...model.identity, degraded: position > 0 };
          announced = true;
          yield event;
        }
        return;
      } catch (error) {
        const mayAskNext = error instanceof ProviderError && error.reason !== 'cancelled' && !announced;
        if (!mayAskNext || next === undefined) throw error;
        this.onFallback({ from: model.identity, to: next.identity, failure: error });
      }
    }
  }

  /** The chosen one first, the others behind it as they were. */
  private inOrder(chosen: string | undefined): readonly LanguageModel[] {
    const isChosen = ({ identity }: LanguageModel): boolean => identity.model === chosen;
    return [...this.models.filter(isChosen), ...this.models.filter((model) => !isChosen(model))];
  }

  /** The highest of all, since any of them may answer. */
  countTokens(text: string): number {
    return Math.max(...this.models.map((model) => model.countTokens(text)));
  }

  /** Passes when any of them can answer; ask `models[0]` whether the one that was asked for can. */
  async check(signal: AbortSignal): Promise<void> {
    let failure: unknown;
    for (const model of this.models) {
      try {
        await model.check(signal);
        return;
      } catch (error) {
        failure = error; // the next one may do; the last failure is thrown below
      }
    }
    throw failure;
  }
}
