import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ADMIN_KEY } from './aegis';
import type { Wire } from './wire';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body as JSON; empty for another format. */
  readonly body: Wire;
  /** The same where the answer is a plain array. */
  readonly list: readonly Wire[];
}

export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly content: string | Uint8Array;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Headers = Readonly<Record<string, string>>;

const BOUNDARY = '----aegis-test-boundary';
const PATIENCE_MS = 50_000;

/** Talks to the application as a client does, without a socket. */
export class ApiClient {
  constructor(
    private readonly app: NestFastifyApplication,
    private readonly key: string | null,
  ) {}

  get(url: string, headers: Headers = {}): Promise<Answer> {
    return this.send('GET', url, undefined, headers);
  }

  post(url: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.send('POST', url, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  patch(url: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.send('PATCH', url, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  delete(url: string, headers: Headers = {}): Promise<Answer> {
    return this.send('DELETE', url, undefined, headers);
  }

  async send(method: Method, url: string, payload: string | Buffer | undefined, headers: Headers): Promise<Answer> {
    const authorization = this.key === null ? {} : { authorization: `Bearer ${this.key}` };
    const response = await this.app.inject({
      method,
      url,
      headers: { ...authorization, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    const isJson = String(response.headers['content-type'] ?? '').includes('json');
    const parsed: unknown = isJson && response.body !== '' ? JSON.parse(response.body) : {};
    return {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      bytes: response.rawPayload,
      body: (isJson ? parsed : {}) as Wire,
      list: Array.isArray(parsed) ? (parsed as readonly Wire[]) : [],
    };
  }

  form(parts: readonly Part[], headers: Headers = {}): Promise<Answer> {
    return this.send('POST', '/documents', multipart(parts), { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers });
  }

  upload(filename: string, content: string | Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.form([{ name: 'file', filename, content }, ...Object.entries(fields).map(([name, value]) => ({ name, content: value }))]);
  }

  /** Uploads and waits until the document has come to an end; the answer is that of GET /documents/{id}. */
  async ingest(filename: string, content: string | Uint8Array, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const uploaded = await this.upload(filename, content, fields);
    if (uploaded.status !== 202) throw new Error(`the upload was answered ${uploaded.status}: ${uploaded.text}`);
    return this.ended(uploaded.body.id);
  }

  async ended(id: string): Promise<Answer> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.get(`/documents/${id}`);
      if (answer.status !== 200 || ['completed', 'failed'].includes(String(answer.body.status))) return answer;
      if (Date.now() > deadline) throw new Error(`the document is still ${answer.text}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export function multipart(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(({ name, filename, content }) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    filename === undefined ? '\r\n' : 'content-type: application/octet-stream\r\n\r\n',
    content,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, `--${BOUNDARY}--\r\n`].map((piece) => Buffer.from(piece)));
}

export const administratorOf = (app: NestFastifyApplication): ApiClient => new ApiClient(app, ADMIN_KEY);
export const strangerOf = (app: NestFastifyApplication): ApiClient => new ApiClient(app, null);

export interface TestTenant {
  readonly id: string;
  readonly keyId: string;
  readonly key: string;
  readonly api: ApiClient;
}

export async function newTenant(app: NestFastifyApplication, about: object = {}): Promise<TestTenant> {
  const created = await administratorOf(app).post('/admin/tenants', { name: '한빛정밀', ...about });
  if (created.status !== 201) throw new Error(`no tenant: ${created.text}`);
  const { id, api_key: apiKey } = created.body;
  return { id, keyId: apiKey.id, key: apiKey.key, api: new ApiClient(app, apiKey.key) };
}
