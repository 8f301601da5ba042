/** Put as `cause` into a retryable ProviderError when the provider said how long to wait (`Retry-After`). */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter';
  constructor(readonly delayMs: number) {
    super(`asked to wait ${delayMs} ms`);
  }
}

/** Reads seconds or an HTTP date; undefined for anything else. Never negative. */
export function parseRetryAfter(header: string | null, nowMs: number): RetryAfter | undefined {
  if (header === null || header.trim() === '') return undefined;
  const delayMs = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(delayMs) ? new RetryAfter(Math.max(0, delayMs)) : undefined;
}
