import { ProtocolServer, type HttpFault, type ReceivedRequest } from './protocol-server';

type ContentFault = 'one_too_few' | 'one_twice' | 'beyond_the_end' | 'not_a_number' | 'half_a_place';

/** What the next request gets instead of a good answer. */
export type Fault = HttpFault | ContentFault;

const RETRY_AFTER_SECONDS = 60;

/** Speaks the reranking protocols of text-embeddings-inference, Cohere and Jina, the best first as they do. */
export class RerankProtocolServer extends ProtocolServer<ContentFault> {
  /** How well a passage fits; a test may say otherwise. */
  scoreOf: (query: string, passage: string) => number = (query, passage) =>
    query.split(' ').filter((word) => passage.includes(word)).length;

  /** Whether a protocol that bills searches says how many tokens it read, too. */
  tellsTokens = false;

  static start(): Promise<RerankProtocolServer> {
    return new RerankProtocolServer(RETRY_AFTER_SECONDS).listening();
  }

  protected good({ path, body }: ReceivedRequest, fault: Fault | undefined): string {
    const [query, passages] = [body['query'] as string, (body['texts'] ?? body['documents']) as string[]];
    const found: { index: unknown; score: unknown }[] = passages
      .map((passage, index) => ({ index, score: this.scoreOf(query, passage) }))
      .sort((a, b) => b.score - a.score);
    if (fault === 'one_too_few') found.pop();
    const [first, last] = [found[0], found.at(-1)];
    if (fault === 'one_twice' && first !== undefined && last !== undefined) last.index = first.index;
    if (fault === 'beyond_the_end' && last !== undefined) last.index = passages.length;
    if (fault === 'half_a_place' && last !== undefined) last.index = 0.5;
    if (fault === 'not_a_number' && last !== undefined) last.score = null; // what JSON makes of NaN
    if (path.endsWith('/v1/rerank') || path.endsWith('/v2/rerank')) {
      const results = found.map(({ index, score }) => ({ index, relevance_score: score }));
      const tokens = 7 * passages.length;
      const told = this.tellsTokens ? { tokens: { input_tokens: tokens } } : {};
      if (path.endsWith('/v2/rerank')) return JSON.stringify({ id: 'a', results, meta: { billed_units: { search_units: 2 }, ...told } });
      return JSON.stringify({ model: body['model'], results, usage: { total_tokens: tokens } });
    }
    return JSON.stringify(found);
  }
}
