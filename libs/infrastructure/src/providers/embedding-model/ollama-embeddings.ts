import type { EmbeddingProtocol, ProtocolAnswer } from './embedding-protocol';
import { answerBytes, postJson } from './post-json';

export interface OllamaEmbeddingsOptions {
  readonly baseUrl: URL;
  readonly model: string;
  /** Sent when set: models trained for it (Matryoshka) then give shorter vectors. */
  readonly dimensions: number | undefined;
}

/**
 * Ollama's `/api/embed`. Not through its npm client: that aborts all streams of a client at once, or none. `truncate: false`: an input
 * too long for the model fails loudly, it is not cut behind our back.
 */
export class OllamaEmbeddings implements EmbeddingProtocol {
  readonly provider = 'ollama';
  readonly model: string;
  constructor(private readonly options: OllamaEmbeddingsOptions) {
    this.model = options.model;
  }

  async ask(texts: readonly string[], signal: AbortSignal): Promise<ProtocolAnswer> {
    const { baseUrl, model, dimensions } = this.options;
    const body = { model, input: texts, truncate: false, ...(dimensions === undefined ? {} : { dimensions }) };
    const url = new URL('/api/embed', baseUrl);
    const answer = await postJson({ provider: this.provider, url, headers: {}, body, maxBytes: answerBytes(texts.length) }, signal);
    return { vectors: Array.isArray(answer['embeddings']) ? answer['embeddings'] : [], tokens: answer['prompt_eval_count'] };
  }
}
