import {
  LanguageModel,
  type GenerationEvent,
  type GenerationRequest,
  type LanguageModelIdentity,
} from '@aegis/application/providers/language-model';
import { ProviderError, type ProviderErrorReason } from '@aegis/application/providers/provider-error';
import { setTimeout as sleep } from 'node:timers/promises';
import { estimateTokens } from './estimate-tokens';

export interface ScriptedAnswer {
  readonly tokens: readonly string[];
  /** Before each token. */
  readonly delayMs: number;
  /** What happens after the tokens: the end, the failure named here, silence until the caller leaves, or the tokens again for ever. */
  readonly ending: 'finish' | 'hang' | 'endless' | Exclude<ProviderErrorReason, 'cancelled'>;
}

/** Answers in order, the last one for all further calls; or whatever fits the request. */
export type Script = readonly [ScriptedAnswer, ...ScriptedAnswer[]] | ((request: GenerationRequest) => ScriptedAnswer);

const PROVIDER = 'scripted';
const QUOTED_CHARACTERS = 200;

/** For tests: says what the script says; counts one token for each and obeys abort like the others. */
export class ScriptedLanguageModel extends LanguageModel {
  readonly identity: LanguageModelIdentity;
  /** What it was asked, so that a test can look at prompts. */
  readonly requests: GenerationRequest[] = [];

  constructor(
    model: string,
    private readonly script: Script,
  ) {
    super();
    this.identity = { provider: PROVIDER, model };
  }

  async *generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    const answer = this.answerTo(request);
    this.requests.push(request);
    let completionTokens = 0;
    do {
      for (const content of answer.tokens) {
        await waitUnlessCancelled(answer.delayMs, request.signal);
        if (completionTokens >= request.maxTokens) break;
        completionTokens += 1;
        yield { type: 'token', content };
      }
    } while (answer.ending === 'endless' && completionTokens < request.maxTokens);
    if (answer.ending === 'hang') await waitUnlessCancelled(null, request.signal);
    if (answer.ending !== 'finish' && answer.ending !== 'hang' && answer.ending !== 'endless') {
      throw new ProviderError(PROVIDER, answer.ending, 'as the script says', { retryable: answer.ending !== 'refused' });
    }
    const promptTokens = request.messages.reduce((sum, { content }) => sum + this.countTokens(content), 0);
    yield { type: 'usage', promptTokens, completionTokens };
  }

  countTokens(text: string): number {
    return estimateTokens(text);
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  private answerTo(request: GenerationRequest): ScriptedAnswer {
    if (typeof this.script === 'function') return this.script(request);
    return this.script[this.requests.length] ?? this.script.at(-1) ?? this.script[0];
  }
}

/** The beginning of the first source, word by word, cited. */
export function quoteFirstSource({ sources }: GenerationRequest): ScriptedAnswer {
  const [source] = sources;
  if (source === undefined) return { tokens: ['no source'], delayMs: 0, ending: 'finish' };
  const words = source.content.slice(0, QUOTED_CHARACTERS).match(/\s*\S+/gu) ?? [];
  return { tokens: [...words, ` [${source.number}]`], delayMs: 0, ending: 'finish' };
}

/** `null`: for ever. */
async function waitUnlessCancelled(delayMs: number | null, signal: AbortSignal): Promise<void> {
  try {
    signal.throwIfAborted();
    if (delayMs === 0) return;
    await sleep(delayMs ?? 2 ** 31 - 1, undefined, { signal });
  } catch (cause) {
    throw new ProviderError(PROVIDER, 'cancelled', 'the caller left', { retryable: false, cause });
  }
}
