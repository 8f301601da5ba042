import { isRecord } from '../language-model/json-record';
import { postJson } from '../embedding-model/post-json';
import { answerBytes, authorisation, under, type RerankAnswer, type RerankProtocol, type RerankServer } from './rerank-protocol';

/** `POST {base}/v1/rerank` of Jina, which bills tokens; other servers speak it too. */
export class JinaRerank implements RerankProtocol {
  readonly provider = 'jina';
  readonly scoreName = 'relevance_score';
  readonly model: string;
  constructor(private readonly server: RerankServer) {
    this.model = server.model;
  }

  async ask(query: string, documents: readonly string[], signal: AbortSignal): Promise<RerankAnswer> {
    const { baseUrl, apiKey, model } = this.server;
    const body = { model, query, documents, top_n: documents.length, return_documents: false };
    const request = { provider: this.provider, url: under(baseUrl, '/v1/rerank'), headers: authorisation(apiKey), body };
    const { results, usage } = await postJson({ ...request, maxBytes: answerBytes(documents.length) }, signal);
    return { results: Array.isArray(results) ? results : [], tokens: isRecord(usage) ? usage['total_tokens'] : undefined };
  }
}
