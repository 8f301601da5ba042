import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What goes wrong whatever is spoken; what is wrong with the content alone is named by each protocol. */
export type HttpFault = 'hang' | 'drip' | 'error_500' | 'slow_down' | 'html' | 'redirect' | 'close_mid_body' | 'too_long';

export interface ReceivedRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const DRIP_MS = 20;
/** White space that no reader waits for. */
const TOO_MUCH = ' '.repeat(300_000);

/** A provider of JSON over real HTTP on loopback, well or badly: each of the next requests may get a fault instead of a good answer. */
export abstract class ProtocolServer<ContentFault extends string> {
  readonly requests: ReceivedRequest[] = [];
  private readonly faults: (HttpFault | ContentFault)[] = [];
  private readonly held = new Set<ServerResponse>();
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  /** `retryAfterSeconds` is asked for by `slow_down`. */
  protected constructor(private readonly retryAfterSeconds: number) {}

  /** The text of an answer; a fault of the content is made here. */
  protected abstract good(request: ReceivedRequest, fault: HttpFault | ContentFault | undefined): string;

  protected async listening(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get origin(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the server does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Each of the next requests gets one of these, then all is well again. */
  fail(...faults: readonly (HttpFault | ContentFault)[]): void {
    this.faults.push(...faults);
  }

  /** Forgets the faults that nobody met. */
  heal(): void {
    this.faults.length = 0;
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
    const received = { path: request.url ?? '', authorization: request.headers.authorization, body, at: Date.now() };
    this.requests.push(received);
    const fault = this.faults.shift();
    if (fault === 'hang') {
      this.held.add(response);
      await Promise.race([once(response, 'released'), once(response, 'close')]);
      this.held.delete(response);
    }
    if (fault === 'error_500') return void response.writeHead(500).end('{"error":"내부 오류"}');
    if (fault === 'slow_down') return void response.writeHead(429, { 'retry-after': String(this.retryAfterSeconds) }).end('{}');
    if (fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>로그인</h1>');
    if (fault === 'redirect') return void response.writeHead(307, { location: `${this.origin}/elsewhere` }).end();
    const text = this.good(received, fault);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (fault === 'close_mid_body') response.write(text.slice(0, text.length / 2), () => response.destroy());
    else if (fault === 'drip') drip(response);
    else response.end(fault === 'too_long' ? `${text}${TOO_MUCH}` : text);
  }
}

/** White space before the answer, for ever: each piece comes in time. */
function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), DRIP_MS);
  response.on('close', () => clearInterval(timer));
}
