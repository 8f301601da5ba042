import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls of one key over connections that stay open. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    private readonly key: string,
    connections: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
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
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(parts).toString() || 'null') }),
        );
      });
      sent.end(body);
    });
  }
}
