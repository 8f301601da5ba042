import { Agent, request } from 'node:http';

/** JSON that is read where somebody looks at it: whoever makes the load shares the machine with the server. */
export class Answer {
  constructor(
    readonly status: number,
    private readonly parts: readonly Buffer[],
  ) {}

  get body(): unknown {
    return JSON.parse(Buffer.concat(this.parts).toString() || 'null') as unknown;
  }
}

/** Calls of one key over connections that stay open; those of another client where there are many. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    private readonly key: string,
    connections: number | Client,
  ) {
    this.agent = typeof connections === 'number' ? new Agent({ keepAlive: true, maxSockets: connections }) : connections.agent;
  }

  call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    return this.send(method, path, text === '' ? {} : { 'content-type': 'application/json' }, Buffer.from(text));
  }

  /** A text as a file of a multipart form. */
  upload(filename: string, content: string): Promise<Answer> {
    const boundary = 'aegis-bench-7f3b';
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${filename}"\r\ncontent-type: text/plain\r\n\r\n`;
    const form = Buffer.from(`${head}${content}\r\n--${boundary}--\r\n`);
    return this.send('POST', '/documents', { 'content-type': `multipart/form-data; boundary=${boundary}` }, form);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, headers: Record<string, string>, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}/v1${path}`, {
        method,
        agent: this.agent,
        headers: { authorization: `Bearer ${this.key}`, ...(body.length > 0 && { 'content-length': body.length }), ...headers },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => resolve(new Answer(response.statusCode ?? 0, parts)));
      });
      sent.end(body);
    });
  }
}
