import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the next request gets instead of a good answer. */
export type Fault = 'hang' | 'error_500' | 'slow_down' | 'wrong_dimensions' | 'not_a_number' | 'html' | 'close_mid_body' | 'one_too_few';

export interface ReceivedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Speaks the embedding protocols of Ollama and OpenAI over real HTTP on loopback. Its vectors come from the letter pairs of a text and
 * are not of unit length; OpenAI's items come in reverse order, as their `index` allows.
 */
export class EmbeddingProtocolServer {
  readonly requests: ReceivedRequest[] = [];
  private readonly faults: Fault[] = [];
  private readonly held = new Set<ServerResponse>();
  private constructor(
    private readonly server: Server,
    readonly dimensions: number,
  ) {}

  static async start(dimensions = 32): Promise<EmbeddingProtocolServer> {
    const http = createServer();
    const server = new EmbeddingProtocolServer(http, dimensions);
    http.on('request', (request, response) => void server.answer(request, response));
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    return server;
  }

  get origin(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Each of the next requests gets one of these, then all is well again. */
  fail(...faults: readonly Fault[]): void {
    this.faults.push(...faults);
  }

  /** Lets requests that hang be answered now. */
  release(): void {
    for (const response of this.held) response.emit('released');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    this.requests.push({ path: request.url ?? '', authorization: request.headers.authorization, body, at: Date.now() });
    const fault = this.faults.shift();
    if (fault === 'hang') {
      this.held.add(response);
      await Promise.race([once(response, 'released'), once(response, 'close')]);
      this.held.delete(response);
    }
    if (fault === 'error_500') return void response.writeHead(500).end('{"error":"내부 오류"}');
    if (fault === 'slow_down') return void response.writeHead(429, { 'retry-after': '1' }).end('{}');
    if (fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>로그인</h1>');
    const text = this.good(request.url ?? '', body['input'] as string[], fault);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (fault === 'close_mid_body') response.write(text.slice(0, text.length / 2), () => response.destroy());
    else response.end(text);
  }

  private good(path: string, texts: readonly string[], fault: Fault | undefined): string {
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
