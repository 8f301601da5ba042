export type ProviderErrorReason = 'timeout' | 'unavailable' | 'refused' | 'bad_answer' | 'cancelled' | 'breaker_open';

/** A model provider failed. `retryable`: the same call may succeed later. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  constructor(
    readonly provider: string,
    readonly reason: ProviderErrorReason,
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }
  readonly retryable: boolean;
}
