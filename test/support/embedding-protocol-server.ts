import { ProtocolServer, type HttpFault, type ReceivedRequest } from './protocol-server';

type ContentFault = 'wrong_dimensions' | 'not_a_number' | 'one_too_few';

/** What the next request gets instead of a good answer. */
export type Fault = HttpFault | ContentFault;

const RETRY_AFTER_SECONDS = 1;

/**
 * Speaks the embedding protocols of Ollama and OpenAI. Its vectors come from the letter pairs of a text and are not of unit length; OpenAI's
 * items come in reverse order, as their `index` allows.
 */
export class EmbeddingProtocolServer extends ProtocolServer<ContentFault> {
  private constructor(readonly dimensions: number) {
    super(RETRY_AFTER_SECONDS);
  }

  static start(dimensions = 32): Promise<EmbeddingProtocolServer> {
    return new EmbeddingProtocolServer(dimensions).listening();
  }

  protected good({ path, body }: ReceivedRequest, fault: Fault | undefined): string {
    const texts = body['input'] as string[];
    const dimensions = fault === 'wrong_dimensions' ? this.dimensions + 1 : this.dimensions;
    const vectors: unknown[] = texts.map((text) => letterPairs(text, dimensions));
    if (fault === 'not_a_number') vectors[0] = letterPairs(texts[0] ?? '', dimensions).map((value, at) => (at === 3 ? null : value));
    if (fault === 'one_too_few') vectors.pop();
    const tokens = texts.reduce((sum, text) => sum + text.split(' ').length + 2, 0);
    if (path === '/api/embed') return JSON.stringify({ model: 'letters', embeddings: vectors, prompt_eval_count: tokens });
    const data = vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })).reverse();
    return JSON.stringify({ object: 'list', data, usage: { prompt_tokens: tokens, total_tokens: tokens } });
  }
}

function letterPairs(text: string, dimensions: number): number[] {
  const counts = new Array<number>(dimensions).fill(0.5);
  for (let at = 0; at < text.length; at += 1) {
    const place = (text.charCodeAt(at) * 31 + text.charCodeAt(at + 1 < text.length ? at + 1 : 0)) % dimensions;
    counts[place] = (counts[place] ?? 0) + 3;
  }
  return counts;
}
