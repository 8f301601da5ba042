import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type ChatProtocol = 'ollama' | 'openai';

/** How the server behaves on a chat request. The list of models always answers, unless the mode is `silence`. */
export type ChatServerMode =
  | 'ok'
  | 'silence'
  | 'headers_then_hang'
  | 'token_then_hang'
  | 'dribble'
  | 'slow_tokens'
  | 'close_mid_chunk'
  | 'close_between_tokens'
  | 'split_character'
  | 'html'
  | 'html_without_end'
  | 'too_many_requests'
  | 'busy_for_five_seconds'
  | 'unavailable_once'
  | 'redirect'
  | 'endless'
  | 'error_in_stream'
  | 'wrong_usage'
  | 'malformed_line'
  | 'huge_line'
  | 'broken_utf8'
  | 'end_twice'
  | 'empty_answer'
  | 'refused'
  /** Refuses `max_tokens` and `temperature`, as newer models of OpenAI do. */
  | 'picky'
  | 'finish_then_hang';

export const SPOKEN = ['2023년 ', '3분기 ', '매출은 ', '42억원입니다. ', '[1]'];
export const USAGE = { promptTokens: 25, completionTokens: 11 };
export const MODEL = 'small-chat:latest';

/** A real HTTP server on loopback that speaks one chat protocol, well or badly. */
export class ChatProtocolServer {
  mode: ChatServerMode = 'ok';
  /** What a good answer says, given the body of its request. */
  say: (body: string) => readonly string[] = () => SPOKEN;
  /** When the last answer's connection was over (performance.now): said to its end, or cut. */
  closedAt = 0;
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  private readonly sockets = new Set<Socket>();
  private chats = 0;
  private unfinished = 0;

  private constructor(
    private readonly protocol: ChatProtocol,
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(protocol: ChatProtocol): Promise<ChatProtocolServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const self = new ChatProtocolServer(protocol, server, `http://127.0.0.1:${address.port}`);
    server.on('connection', (socket) => {
      self.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => self.sockets.delete(socket));
    });
    server.on('request', (request, response) => void self.receive(request, response));
    return self;
  }

  get baseUrl(): string {
    return this.protocol === 'ollama' ? this.origin : `${this.origin}/v1`;
  }

  /** Requests whose connection is still there and waits for the rest of an answer. */
  get openAnswers(): number {
    return this.unfinished;
  }

  /** Idle ones too: Node's fetch keeps one connection in reserve. */
  get openSockets(): number {
    return this.sockets.size;
  }

  get chatRequests(): number {
    return this.chats;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const path = request.url ?? '';
    this.requests.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    this.unfinished += 1;
    response
      .on('error', () => undefined)
      .on('close', () => {
        this.unfinished -= 1;
        this.closedAt = performance.now();
      });
    if (this.mode === 'silence') return;
    if (path === '/api/tags' || path === '/v1/models') {
      this.listModels(response);
      return;
    }
    this.chats += 1;
    await this.answer(response);
  }

  /** The first parameter of the last request that a picky server does not take. */
  private get unwanted(): string | undefined {
    const body: unknown = JSON.parse(this.requests.at(-1)?.body ?? '{}');
    return ['max_tokens', 'temperature'].find((name) => typeof body === 'object' && body !== null && name in body);
  }

  private listModels(response: ServerResponse): void {
    const models =
      this.protocol === 'ollama'
        ? {
            models: [
              { name: 'bge-m3:latest', details: { family: 'bert' } },
              { name: MODEL, details: { family: 'gemma3' } },
            ],
          }
        : { object: 'list', data: [{ id: MODEL, object: 'model' }] };
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(models));
  }

  private async answer(response: ServerResponse): Promise<void> {
    const instead = this.insteadOfAStream[this.mode];
    const satisfied = (this.mode === 'unavailable_once' && this.chats > 1) || (this.mode === 'picky' && this.unwanted === undefined);
    if (instead !== undefined && !satisfied) {
      instead(response);
      return;
    }
    const type = this.protocol === 'ollama' ? 'application/x-ndjson' : 'text/event-stream; charset=utf-8';
    response.writeHead(200, { 'content-type': type });
    response.flushHeaders();
    await (this.badStreams[this.mode] ?? this.goodStream)(response);
  }

  private readonly insteadOfAStream: Partial<Record<ChatServerMode, (response: ServerResponse) => void>> = {
    html: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>로그인</html>'),
    html_without_end: (response) => response.writeHead(200, { 'content-type': 'text/html' }).write('<html>로그인'),
    busy_for_five_seconds: (response) => response.writeHead(503, { 'retry-after': '5' }).end('busy'),
    too_many_requests: (response) => response.writeHead(429, { 'retry-after': '1000000000' }).end('slow down'),
    unavailable_once: (response) => response.writeHead(503).end('loading'),
    redirect: (response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    picky: (response) => this.refuseParameter(response),
    refused: (response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"비밀","param":null}}'),
  };

  private refuseParameter(response: ServerResponse): void {
    const error = { message: '비밀', type: 'invalid_request_error', param: this.unwanted, code: 'unsupported_parameter' };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  }

  private readonly badStreams: Partial<Record<ChatServerMode, (response: ServerResponse) => Promise<void>>> = {
    headers_then_hang: () => Promise.resolve(),
    token_then_hang: (response) => this.write(response, this.token('42억원')),
    dribble: (response) => this.forEver(response, 20, () => (this.protocol === 'ollama' ? ' ' : ': still here\n\n')),
    slow_tokens: (response) => this.forEver(response, 30, (n) => this.token(`낱말${n} `)),
    endless: (response) => this.forEver(response, 1, (n) => this.token(`끝없이${n} `).repeat(20)),
    empty_answer: (response) => this.end(response, this.last(0, 0)),
    huge_line: (response) => this.end(response, `${this.token('가').trimEnd()}${'x'.repeat(2 ** 20)}\n\n`),
    broken_utf8: (response) =>
      this.end(response, Buffer.concat([Buffer.from(this.token('가').trimEnd()), Buffer.from([0xff, 0x0a, 0x0a])])),
    malformed_line: (response) => this.end(response, this.token('42억원') + this.frame('{"message": 비밀')),
    error_in_stream: (response) => this.end(response, this.token('42억원') + this.frame('{"error":{"message":"비밀"}}')),
    close_between_tokens: (response) => this.end(response, this.token('42억원')),
    close_mid_chunk: async (response) => {
      await this.write(response, this.token('42억원') + this.token('잘린').slice(0, 20));
      await sleep(20);
      response.destroy();
    },
    split_character: async (response) => {
      for (const byte of Buffer.from(SPOKEN.map((content) => this.token(content)).join(''))) {
        await this.write(response, Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      await this.end(response, this.last(USAGE.promptTokens, USAGE.completionTokens));
    },
    finish_then_hang: (response) =>
      this.write(response, SPOKEN.map((content) => this.token(content)).join('') + this.last(USAGE.promptTokens, USAGE.completionTokens)),
    wrong_usage: (response) => this.end(response, SPOKEN.map((content) => this.token(content)).join('') + this.last(-5, 1e12)),
  };

  private readonly goodStream = async (response: ServerResponse): Promise<void> => {
    for (const content of this.say(this.requests.at(-1)?.body ?? '')) {
      await this.write(response, this.token(content));
      await sleep(2);
    }
    const last = this.last(USAGE.promptTokens, USAGE.completionTokens);
    await this.end(response, this.mode === 'end_twice' ? last + last : last);
  };

  private write(response: ServerResponse, bytes: string | Buffer): Promise<void> {
    response.write(bytes);
    return Promise.resolve();
  }

  private end(response: ServerResponse, bytes: string | Buffer): Promise<void> {
    response.end(bytes);
    return Promise.resolve();
  }

  private async forEver(response: ServerResponse, pauseMs: number, frame: (n: number) => string): Promise<void> {
    for (let n = 0; !response.destroyed; n += 1) {
      response.write(frame(n));
      await sleep(pauseMs);
    }
  }

  private frame(json: string): string {
    return this.protocol === 'ollama' ? `${json}\n` : `data: ${json}\r\n\r\n`;
  }

  private token(content: string): string {
    const piece =
      this.protocol === 'ollama'
        ? { model: MODEL, message: { role: 'assistant', content }, done: false }
        : { id: 'c1', choices: [{ index: 0, delta: { content }, finish_reason: null }] };
    return this.frame(JSON.stringify(piece));
  }

  private last(promptTokens: number, completionTokens: number): string {
    if (this.protocol === 'ollama') {
      const counts = { prompt_eval_count: promptTokens, eval_count: completionTokens };
      return this.frame(JSON.stringify({ model: MODEL, message: { role: 'assistant', content: '' }, done: true, ...counts }));
    }
    const usage = { prompt_tokens: promptTokens, completion_tokens: completionTokens };
    const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
    return [JSON.stringify(finish), JSON.stringify({ choices: [], usage }), '[DONE]'].map((data) => this.frame(data)).join('');
  }
}
