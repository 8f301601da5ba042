import { postForValue } from '../embedding-model/post-json';
import { answerBytes, authorisation, under, type RerankAnswer, type RerankProtocol, type RerankServer } from './rerank-protocol';

/** `POST {base}/rerank` of Hugging Face's text-embeddings-inference. The server has one model, so that none is named. */
export class TeiRerank implements RerankProtocol {
  readonly provider = 'tei';
  readonly scoreName = 'score';
  readonly model: string;
  constructor(private readonly server: RerankServer) {
    this.model = server.model;
  }

  async ask(query: string, texts: readonly string[], signal: AbortSignal): Promise<RerankAnswer> {
    const { baseUrl, apiKey } = this.server;
    const body = { query, texts, raw_scores: true, return_text: false, truncate: true };
    const request = { provider: this.provider, url: under(baseUrl, '/rerank'), headers: authorisation(apiKey), body };
    const answer = await postForValue({ ...request, maxBytes: answerBytes(texts.length) }, signal);
    return { results: Array.isArray(answer) ? answer : [] };
  }
}
