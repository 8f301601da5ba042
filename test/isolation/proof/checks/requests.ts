import { randomInt } from 'node:crypto';
import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { request as secureRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from '../check';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON, or an empty object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** From the first byte sent to the last received, in milliseconds. */
  readonly tookMs: number;
}

export interface Asking {
  readonly method: string;
  /** With its query string, encoded. */
  readonly path: string;
  readonly key: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a buffer as it is. */
  readonly body?: object | Buffer;
  readonly signal?: AbortSignal;
  /** Address that the connection comes from, where that can be chosen: what is limited by address is then limited for it alone. */
  readonly from?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const PATIENCE_MS = 30_000;

/** As a client would: over a socket, with nothing known of the server. */
export function ask(target: Pick<Target, 'url'>, asking: Asking): Promise<Reply> {
  const { method, path, key, headers = {}, body, signal, from } = asking;
  const payload = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const url = new URL(target.url);
  const options = {
    method,
    hostname: url.hostname,
    port: url.port,
    path: `${url.pathname === '/' ? '' : url.pathname}${path}`,
    timeout: PATIENCE_MS,
    ...(url.protocol === 'http:' && { agent }),
    ...(signal !== undefined && { signal }),
    ...(from !== undefined && { localAddress: from }),
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(payload !== undefined && { 'content-length': String(payload.length) }),
      ...(payload !== undefined && !Buffer.isBuffer(body) && { 'content-type': 'application/json' }),
      ...headers,
    },
  };
  return new Promise((resolve, reject) => {
    const sentAt = performance.now();
    const sent = (url.protocol === 'https:' ? secureRequest : request)(options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        const tookMs = performance.now() - sentAt;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text), tookMs });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${PATIENCE_MS} ms: ${method} ${path}`)));
    sent.on('error', (error) => {
      // The server closes a connection that was idle for long, maybe in the moment in which we use it: nothing was asked yet.
      if (sent.reusedSocket && String(Reflect.get(error, 'code')) === 'ECONNRESET') ask(target, asking).then(resolve, reject);
      else reject(error);
    });
    sent.end(payload);
  });
}

const MAX_WAITS = 30;
const LONGEST_WAIT_S = 60;

/** The same, asked again after the time that the server names where it was too often; 429 only when it never is let in. */
export async function askUntilAdmitted(target: Pick<Target, 'url'>, asking: Asking): Promise<Reply> {
  for (let waits = 0; ; waits++) {
    const reply = await ask(target, asking);
    const seconds = Number(reply.headers['retry-after'] ?? 1);
    if (reply.status !== 429 || waits === MAX_WAITS || seconds > LONGEST_WAIT_S) return reply;
    await wait(seconds * 1_000);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {}; // a stream of events may begin like that, or end early
  }
}

/** Another loopback address for a server on ours: what is limited by address is not met. A far server is asked from where we are. */
export const strangersAddress = ({ url }: Pick<Target, 'url'>): Pick<Asking, 'from'> =>
  ['127.0.0.1', 'localhost'].includes(new URL(url).hostname)
    ? { from: `127.${200 + randomInt(50)}.${randomInt(250)}.${2 + randomInt(250)}` }
    : {};

export interface Part {
  readonly name: string;
  readonly filename?: string;
  readonly content: string;
}

const BOUNDARY = '----isolation-proof-boundary';

/** Names and file names as given: escaping is for clients who mean well. */
export function multipart(parts: readonly Part[]): { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer } {
  const pieces = parts.map(({ name, filename, content }) => {
    const file = filename === undefined ? '' : `; filename="${filename.replaceAll('"', '%22')}"`;
    return `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name.replaceAll('"', '%22')}"${file}\r\n\r\n${content}\r\n`;
  });
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.from(`${pieces.join('')}--${BOUNDARY}--\r\n`),
  };
}
