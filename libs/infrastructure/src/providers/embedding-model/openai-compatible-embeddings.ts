import { isRecord, type JsonRecord } from '../language-model/json-record';
import type { EmbeddingProtocol, ProtocolAnswer } from './embedding-protocol';
import { answerBytes, postJson } from './post-json';

export interface OpenAiCompatibleEmbeddingsOptions {
  /** With the version in its path, e.g. `https://api.openai.com/v1`. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Sent when set; many compatible servers refuse a request that has it. */
  readonly dimensions: number | undefined;
}

/** `POST {base}/embeddings`, as OpenAI defined it and many servers speak it. */
export class OpenAiCompatibleEmbeddings implements EmbeddingProtocol {
  readonly provider = 'openai';
  readonly model: string;
  constructor(private readonly options: OpenAiCompatibleEmbeddingsOptions) {
    this.model = options.model;
  }

  async ask(texts: readonly string[], signal: AbortSignal): Promise<ProtocolAnswer> {
    const { baseUrl, apiKey, model, dimensions } = this.options;
    const body = { model, input: texts, encoding_format: 'float', ...(dimensions === undefined ? {} : { dimensions }) };
    const url = new URL(`${baseUrl.href.replace(/\/+$/, '')}/embeddings`);
    const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const answer = await postJson({ provider: this.provider, url, headers, body, maxBytes: answerBytes(texts.length) }, signal);
    const items = (Array.isArray(answer['data']) ? answer['data'] : []).filter(isRecord);
    const usage = isRecord(answer['usage']) ? answer['usage'] : {};
    return { vectors: inOrder(items, texts.length), tokens: usage['total_tokens'] ?? usage['prompt_tokens'] };
  }
}

/** Each item says its place; servers that leave `index` out answer in order. */
function inOrder(items: readonly JsonRecord[], count: number): readonly unknown[] {
  const vectors = new Array<unknown>(items.length === count ? count : 0).fill(undefined);
  for (const [position, item] of items.entries()) {
    const index = item['index'] ?? position;
    if (typeof index === 'number' && index in vectors) vectors[index] = item['embedding'];
  }
  return vectors;
}
