import {
  LanguageModel,
  type GenerationEvent,
  type GenerationRequest,
  type LanguageModelIdentity,
} from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { providerOrigin } from '../provider-address';
import type { ChatDialect, ChatPart } from './chat-dialect';
import { ChatStream } from './chat-stream';
import { estimateTokens } from './estimate-tokens';
import { isRecord, parseRecord } from './json-record';
import type { GenerationDeadlines } from './language-model-config';
import { installedModels, isInstalled } from './ollama-models';
import type { ProviderRequest } from './open-stream';

export interface OllamaOptions {
  /** One exact origin, e.g. `http://127.0.0.1:11434`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly deadlines: GenerationDeadlines;
  readonly contextTokens: number;
}

const PROVIDER = 'ollama';
/** Loading a model takes longer than a person waits for a first token. */
const KEEP_LOADED = '30m';

/**
 * Any chat model of an Ollama server. Its own client is not used: it skips malformed lines after printing them to the console, follows
 * redirects, and bounds neither a line nor an answer.
 */
export class OllamaLanguageModel extends LanguageModel {
  readonly identity: LanguageModelIdentity;
  private readonly origin: URL;
  private readonly chat: ChatStream;

  constructor(options: OllamaOptions) {
    super();
    this.identity = { provider: PROVIDER, model: options.model };
    this.origin = providerOrigin('OLLAMA_BASE_URL', options.baseUrl);
    this.chat = new ChatStream(new OllamaDialect(this.origin, options.model, options.contextTokens), options.deadlines);
  }

  generate(request: GenerationRequest): AsyncIterable<GenerationEvent> {
    return this.chat.generate(request);
  }

  countTokens(text: string): number {
    return estimateTokens(text);
  }

  async check(signal: AbortSignal): Promise<void> {
    const models = await installedModels(this.origin, signal);
    if (!isInstalled(this.identity.model, models)) {
      throw new ProviderError(PROVIDER, 'refused', `the model ${this.identity.model} is not installed`, { retryable: false });
    }
  }
}

/** `/api/chat`: one JSON object per line, the last one with `done` and the counts. */
class OllamaDialect implements ChatDialect {
  readonly provider = PROVIDER;

  constructor(
    private readonly origin: URL,
    private readonly model: string,
    private readonly contextTokens: number,
  ) {}

  request({ messages, maxTokens }: GenerationRequest): ProviderRequest {
    const options = { num_predict: maxTokens, num_ctx: this.contextTokens, temperature: 0 };
    const body = {
      model: this.model,
      messages,
      stream: true,
      think: false,
      // An over-long prompt shall be an error: by default the rules and the first sources would silently fall out of it.
      truncate: false,
      shift: false,
      keep_alive: KEEP_LOADED,
      options,
    };
    return { url: new URL('/api/chat', this.origin), headers: {}, body, mediaTypes: ['application/x-ndjson'] };
  }

  async *parts(lines: AsyncIterable<string>): AsyncGenerator<ChatPart, void, undefined> {
    for await (const line of lines) {
      if (line === '') continue;
      const record = parseRecord(line, PROVIDER);
      if (record['error'] !== undefined) {
        throw new ProviderError(PROVIDER, 'unavailable', 'reported an error in its answer', { retryable: true });
      }
      const message = isRecord(record['message']) ? record['message'] : {};
      const { content, thinking } = message;
      if (typeof content === 'string' && content !== '') yield { type: 'text', content };
      else if (typeof thinking === 'string' && thinking !== '') yield { type: 'thought' };
      if (record['done'] === true) {
        yield { type: 'usage', promptTokens: record['prompt_eval_count'], completionTokens: record['eval_count'] };
        yield { type: 'finished' };
      }
    }
  }

  adapt(): boolean {
    return false;
  }
}
