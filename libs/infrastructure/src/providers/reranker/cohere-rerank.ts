import { isRecord } from '../language-model/json-record';
import { postJson } from '../embedding-model/post-json';
import { answerBytes, authorisation, under, type RerankAnswer, type RerankProtocol, type RerankServer } from './rerank-protocol';

/** `POST {base}/v2/rerank` of Cohere, which bills searches; how many tokens it read, it says where it likes. */
export class CohereRerank implements RerankProtocol {
  readonly provider = 'cohere';
  readonly scoreName = 'relevance_score';
  readonly model: string;
  constructor(private readonly server: RerankServer) {
    this.model = server.model;
  }

  async ask(query: string, documents: readonly string[], signal: AbortSignal): Promise<RerankAnswer> {
    const { baseUrl, apiKey, model } = this.server;
    const body = { model, query, documents, top_n: documents.length };
    const request = { provider: this.provider, url: under(baseUrl, '/v2/rerank'), headers: authorisation(apiKey), body };
    const { results, meta } = await postJson({ ...request, maxBytes: answerBytes(documents.length) }, signal);
    const searches = numbersIn(meta, 'billed_units')['search_units'] ?? 1;
    return { results: Array.isArray(results) ? results : [], searches, tokens: numbersIn(meta, 'tokens')['input_tokens'] };
  }
}

const numbersIn = (meta: unknown, name: string): Readonly<Record<string, unknown>> =>
  isRecord(meta) && isRecord(meta[name]) ? meta[name] : {};
