import {
  LanguageModel,
  type GenerationEvent,
  type GenerationRequest,
  type LanguageModelIdentity,
} from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { providerAddress } from '../provider-address';
import { ChatStream } from './chat-stream';
import { estimateTokens } from './estimate-tokens';
import { fetchRecord } from './fetch-record';
import { isRecord } from './json-record';
import type { GenerationDeadlines } from './language-model-config';
import { HttpRefusal } from './open-stream';
import { OpenAiCompatibleDialect } from './openai-compatible-dialect';

export interface OpenAiCompatibleOptions {
  /** With its path, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Local servers need none. */
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly deadlines: GenerationDeadlines;
}

const PROVIDER = 'openai';

/** Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, LM Studio, gateways. */
export class OpenAiCompatibleLanguageModel extends LanguageModel {
  readonly identity: LanguageModelIdentity;
  private readonly base: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly chat: ChatStream;

  constructor(options: OpenAiCompatibleOptions) {
    super();
    this.identity = { provider: PROVIDER, model: options.model };
    this.base = providerAddress('OPENAI_BASE_URL', options.baseUrl).href.replace(/\/+$/, '');
    this.headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${sendable(options.apiKey)}` };
    const url = new URL(`${this.base}/chat/completions`);
    this.chat = new ChatStream(new OpenAiCompatibleDialect(PROVIDER, url, this.headers, options.model), options.deadlines);
  }

  generate(request: GenerationRequest): AsyncIterable<GenerationEvent> {
    return this.chat.generate(request);
  }

  countTokens(text: string): number {
    return estimateTokens(text);
  }

  /** Not every server lists its models: one without the list is taken at its word until the first question. */
  async check(signal: AbortSignal): Promise<void> {
    const listed = await this.listedModels(signal);
    if (listed !== null && !listed.includes(this.identity.model)) {
      throw new ProviderError(PROVIDER, 'refused', `the model ${this.identity.model} is not offered`, { retryable: false });
    }
  }

  private async listedModels(signal: AbortSignal): Promise<readonly string[] | null> {
    const url = new URL(`${this.base}/models`);
    try {
      const { data } = await fetchRecord(PROVIDER, { url, headers: this.headers, mediaTypes: ['application/json'] }, signal);
      if (!Array.isArray(data)) return null;
      return data.flatMap((model: unknown) => (isRecord(model) && typeof model['id'] === 'string' ? [model['id']] : []));
    } catch (error) {
      const status = error instanceof ProviderError && error.cause instanceof HttpRefusal ? error.cause.status : null;
      if (status === 404 || status === 405) return null;
      throw error;
    }
  }
}

/** Fetch would name the whole key in its complaint. */
function sendable(apiKey: string): string {
  if (!/^[\x21-\x7E]+$/.test(apiKey)) throw new Error('OPENAI_API_KEY holds a character that no header can carry, perhaps a line break');
  return apiKey;
}
