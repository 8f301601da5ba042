import type { GenerationRequest } from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import type { ChatDialect, ChatPart } from './chat-dialect';
import { isRecord, parseRecord, type JsonRecord } from './json-record';
import { HttpRefusal, type ProviderRequest } from './open-stream';
import { eventData } from './server-sent-events';

/** `chat/completions` with `stream`: server-sent events, usage in one of its own at the end, `[DONE]` last. */
export class OpenAiCompatibleDialect implements ChatDialect {
  /** What this server has refused; newer models of OpenAI take neither `max_tokens` nor a temperature, some servers no options. */
  private readonly refused = new Set<string>();

  constructor(
    readonly provider: string,
    private readonly url: URL,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly model: string,
  ) {}

  request({ messages, maxTokens }: GenerationRequest): ProviderRequest {
    const body = {
      model: this.model,
      messages,
      stream: true,
      ...(this.refused.has('stream_options') ? {} : { stream_options: { include_usage: true } }),
      ...(this.refused.has('temperature') ? {} : { temperature: 0 }),
      ...(this.refused.has('max_tokens') ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    };
    return { url: this.url, headers: this.headers, body, mediaTypes: ['text/event-stream'] };
  }

  adapt({ cause }: ProviderError): boolean {
    const parameter = cause instanceof HttpRefusal && cause.status === 400 ? cause.parameter : null;
    const known = parameter === 'max_tokens' || parameter === 'temperature' || parameter === 'stream_options';
    if (!known || this.refused.has(parameter)) return false;
    this.refused.add(parameter);
    return true;
  }

  async *parts(lines: AsyncIterable<string>): AsyncGenerator<ChatPart, void, undefined> {
    for await (const data of eventData(lines)) {
      if (data === '[DONE]') {
        yield { type: 'finished' };
        return;
      }
      const record = parseRecord(data, this.provider);
      if (record['error'] !== undefined && record['error'] !== null) {
        throw new ProviderError(this.provider, 'unavailable', 'reported an error in its answer', { retryable: true });
      }
      yield* choiceParts(record);
      const usage = record['usage'];
      if (isRecord(usage)) {
        yield { type: 'usage', promptTokens: usage['prompt_tokens'], completionTokens: usage['completion_tokens'] };
      }
    }
  }
}

function* choiceParts(record: JsonRecord): Generator<ChatPart, void, undefined> {
  const choices: readonly unknown[] = Array.isArray(record['choices']) ? record['choices'] : [];
  const choice = choices[0];
  if (!isRecord(choice)) return;
  const { content, reasoning_content: reasoning } = isRecord(choice['delta']) ? choice['delta'] : {};
  if (typeof content === 'string' && content !== '') yield { type: 'text', content };
  else if (typeof reasoning === 'string' && reasoning !== '') yield { type: 'thought' };
  if (typeof choice['finish_reason'] === 'string') yield { type: 'finished' };
}
