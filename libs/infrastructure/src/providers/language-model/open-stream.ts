import { ProviderError } from '@aegis/application/providers/provider-error';
import { isNetworkFault } from '../network-fault';
import { parseRetryAfter } from '../retry-after';
import { badAnswer } from './read-lines';

export interface ProviderRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Written as JSON and sent by POST; without it the request is a GET. */
  readonly body?: unknown;
  /** What the answer must be, e.g. `text/event-stream`: a login page with status 200 is no answer. */
  readonly mediaTypes: readonly string[];
}

/** The provider said no to this request. Kept as `cause`; of its text only what names a parameter, since it may repeat the prompt. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  constructor(
    readonly status: number,
    readonly parameter: string | null,
  ) {
    super(`HTTP ${status}`);
  }
}

const REFUSAL_BYTES = 16 * 1024;
/** A person is waiting: a provider that wants a longer pause is left for the next one. */
const LONGEST_PAUSE_MS = 2_000;

/** Sends the request and gives the body of a good answer. Throws ProviderError. A redirect is refused: it could lead anywhere. */
export async function openStream(provider: string, request: ProviderRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const response = await send(provider, request, signal);
  const { status, headers, body } = response;
  if (status >= 300 && status < 400) throw badAnswer(provider, `answered ${status}: redirects are not followed`);
  if (status >= 400) throw await refusal(provider, response);
  const mediaType = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!request.mediaTypes.includes(mediaType)) {
    throw badAnswer(provider, `answered with a media type other than ${request.mediaTypes.join(' or ')}`);
  }
  if (body === null) throw badAnswer(provider, 'answered without a body');
  return body;
}

async function send(provider: string, request: ProviderRequest, signal: AbortSignal): Promise<Response> {
  const { url, headers, body, mediaTypes } = request;
  const content = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    // `identity`: a compressed answer could be small on the wire and huge here.
    const sent = { ...type, accept: mediaTypes.join(', '), 'accept-encoding': 'identity', ...headers };
    return await fetch(url, { ...content, headers: sent, redirect: 'manual', signal });
  } catch (error) {
    throw networkFailure(provider, error);
  }
}

/** An error of fetch or of a body that broke off, as ProviderError; anything else is a bug and stays what it is. */
export function networkFailure(provider: string, error: unknown): unknown {
  // Where fetch itself gives up (a port it never opens, say) its error has no system code.
  const gaveUp = typeof error === 'object' && error !== null && 'message' in error && error.message === 'fetch failed';
  if (!gaveUp && !isNetworkFault(error)) return error;
  return new ProviderError(provider, 'unavailable', 'the connection failed', { retryable: true, cause: error });
}

async function refusal(provider: string, response: Response): Promise<ProviderError> {
  const { status } = response;
  const text = await firstBytes(response);
  if (status === 408 || status === 429 || status >= 500) {
    const pause = parseRetryAfter(response.headers.get('retry-after'), Date.now());
    const retryable = (pause?.delayMs ?? 0) <= LONGEST_PAUSE_MS;
    return new ProviderError(provider, 'unavailable', `answered ${status}`, { retryable, cause: pause });
  }
  const cause = new HttpRefusal(status, namedParameter(text));
  return new ProviderError(provider, 'refused', `answered ${status}`, { retryable: false, cause });
}

async function firstBytes(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes >= REFUSAL_BYTES) break;
    }
  } catch {
    // The status has said it already: a refusal whose text breaks off is still that refusal.
  }
  return Buffer.concat(chunks).subarray(0, REFUSAL_BYTES).toString('utf8');
}

function namedParameter(text: string): string | null {
  const parameter = /"param"\s*:\s*"([a-z_]{1,40})"/.exec(text);
  return parameter?.[1] ?? null;
}
