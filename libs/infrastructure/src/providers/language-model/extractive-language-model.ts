import { NOT_IN_SOURCES } from '@aegis/application/answering/prompt-texts';
import {
  LanguageModel,
  type GenerationEvent,
  type GenerationRequest,
  type LanguageModelIdentity,
} from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { extractiveAnswer } from '@aegis/domain/answering/extractive-answer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { estimateTokens } from './estimate-tokens';

/** A few words at a time: readers see it grow, and nobody waits for single ones. */
const INCREMENT = /\s*\S+(?:\s+\S+){0,7}\s*/gu;

/** Needs no model and nothing outside this process: quotes the sentences that fit the query best. Costs no tokens. */
export class ExtractiveLanguageModel extends LanguageModel {
  readonly identity: LanguageModelIdentity = { provider: 'extractive', model: 'extractive' };

  async *generate({ query, language, sources, signal }: GenerationRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    const text = extractiveAnswer(query, language, sources)?.text ?? NOT_IN_SOURCES;
    for (const [content] of text.matchAll(INCREMENT)) {
      if (signal.aborted) throw new ProviderError(this.identity.provider, 'cancelled', 'the caller left', { retryable: false });
      yield { type: 'token', content };
      await nextTurn();
    }
    yield { type: 'usage', promptTokens: 0, completionTokens: 0 };
  }

  countTokens(text: string): number {
    return estimateTokens(text);
  }

  check(): Promise<void> {
    return Promise.resolve();
  }
}
