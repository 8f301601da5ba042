import { Agent, request as open, type IncomingHttpHeaders } from 'node:http';
import { Agent as SecureAgent, request as openSecure } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A request without its credential. */
export interface Ask {
  readonly method: Method;
  /** With its query string, without `/v1`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Every byte of the body, as UTF-8. */
  readonly text: string;
}

const TIMEOUT_MS = 60_000;
const MAX_WAITS = 40;

/** One client on one connection, from a loopback address of its own where the server is on the loopback: what is counted by address stays apart. */
export class HttpClient {
  private readonly base: URL;
  private readonly agent: Agent;

  constructor(
    url: string,
    private readonly localAddress: string | null,
  ) {
    this.base = new URL(url);
    const options = { keepAlive: true, maxSockets: 32 };
    this.agent = this.base.protocol === 'https:' ? new SecureAgent(options) : new Agent(options);
  }

  /** Waits and asks again where the server says that it was too often. */
  async send(ask: Ask, authorization: string | null, prefix = ''): Promise<Received> {
    for (let waits = 0; ; waits++) {
      const received = await this.once(ask, authorization, prefix);
      const after = Number(received.headers['retry-after'] ?? 1);
      if (![429, 503].includes(received.status) || waits === MAX_WAITS || after > 60) return received;
      await sleep(after * 1_000);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** A server closes idle connections, and may do so just when one is used again: nothing was read from it then, and a new one is opened. */
  private async once(ask: Ask, authorization: string | null, prefix: string): Promise<Received> {
    for (let left = 3; ; left--) {
      try {
        return await this.attempt(ask, authorization, prefix, left === 3);
      } catch (error) {
        const isClosed = error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (!isClosed || left === 0) throw error;
      }
    }
  }

  private attempt(
    { method, path, headers, body }: Ask,
    authorization: string | null,
    prefix: string,
    keptAlive: boolean,
  ): Promise<Received> {
    const secure = this.base.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? openSecure : open)(
        {
          ...{ agent: keptAlive ? this.agent : false, method, path: `${prefix}${path}`, timeout: TIMEOUT_MS },
          ...{ hostname: this.base.hostname, port: this.base.port === '' ? (secure ? 443 : 80) : this.base.port },
          ...(this.localAddress !== null && { localAddress: this.localAddress }),
          headers: {
            ...headers,
            ...(authorization !== null && { authorization: `Bearer ${authorization}` }),
            ...(body !== null && { 'content-length': String(Buffer.byteLength(body)) }),
          },
        },
        (incoming) => {
          const pieces: Buffer[] = [];
          incoming.on('data', (piece: Buffer) => pieces.push(piece));
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: Buffer.concat(pieces).toString('utf8') }),
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${method} ${path} in ${TIMEOUT_MS / 1_000} s`)));
      outgoing.on('error', reject);
      outgoing.end(body ?? undefined);
    });
  }
}

export const isLoopback = (url: string): boolean => ['127.0.0.1', 'localhost'].includes(new URL(url).hostname);

export const get = (path: string, headers: Ask['headers'] = {}): Ask => ({ method: 'GET', path, headers, body: null });
export const remove = (path: string, headers: Ask['headers'] = {}): Ask => ({ method: 'DELETE', path, headers, body: null });
export const json = (method: 'POST' | 'PATCH', path: string, body: object, headers: Ask['headers'] = {}): Ask => ({
  ...{ method, path, body: JSON.stringify(body) },
  headers: { 'content-type': 'application/json', ...headers },
});

const BOUNDARY = '----aegis-isolation-proof';

/** A form with one file and text fields. */
export function form(
  path: string,
  file: { readonly filename: string; readonly content: string } | null,
  fields: Readonly<Record<string, string>>,
): Ask {
  const part = (disposition: string, content: string) =>
    `--${BOUNDARY}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  const parts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value));
  const first = file === null ? [] : [part(`name="file"; filename="${file.filename}"`, file.content)];
  const body = Buffer.from([...first, ...parts, `--${BOUNDARY}--\r\n`].join(''));
  return { method: 'POST', path, headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, body };
}
