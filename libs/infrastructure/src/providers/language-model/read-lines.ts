import { ProviderError } from '@aegis/application/providers/provider-error';

export interface StreamLimits {
  readonly lineBytes: number;
  readonly totalBytes: number;
}

/** A token with its frame is a few hundred bytes: nothing honest comes near these. */
export const STREAM_LIMITS: StreamLimits = { lineBytes: 256 * 1024, totalBytes: 16 * 1024 * 1024 };

/**
 * The lines (LF or CRLF, without it) of a provider's answer, as they arrive. Split by bytes, so a character that arrives in two halves
 * is whole. Throws ProviderError `bad_answer` for an oversized line or answer and for bytes that are not UTF-8.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  provider: string,
  limits: StreamLimits = STREAM_LIMITS,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (line: Buffer): string => {
    try {
      const text = decoder.decode(line);
      return text.endsWith('\r') ? text.slice(0, -1) : text;
    } catch (cause) {
      throw badAnswer(provider, 'the answer is not UTF-8', cause);
    }
  };
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let totalBytes = 0;
  for await (const chunk of chunks) {
    totalBytes += chunk.byteLength;
    if (totalBytes > limits.totalBytes) throw badAnswer(provider, `the answer exceeds ${limits.totalBytes} bytes`);
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      if (pendingBytes + end > limits.lineBytes) throw badAnswer(provider, `a line exceeds ${limits.lineBytes} bytes`);
      yield decode(Buffer.concat([...pending, rest.subarray(0, end)]));
      pending = [];
      pendingBytes = 0;
      rest = rest.subarray(end + 1);
    }
    pending.push(rest);
    pendingBytes += rest.byteLength;
    if (pendingBytes > limits.lineBytes) throw badAnswer(provider, `a line exceeds ${limits.lineBytes} bytes`);
  }
  if (pendingBytes > 0) yield decode(Buffer.concat(pending));
}

export function badAnswer(provider: string, message: string, cause?: unknown): ProviderError {
  return new ProviderError(provider, 'bad_answer', message, { retryable: false, cause });
}
