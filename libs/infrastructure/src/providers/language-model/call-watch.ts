import { ProviderError } from '@aegis/application/providers/provider-error';
import type { GenerationDeadlines } from './language-model-config';

/** Ends one call to a provider when its caller leaves or a deadline passes, and remembers which of them it was. */
export class CallWatch {
  private readonly controller = new AbortController();
  private readonly total: NodeJS.Timeout;
  private phase: NodeJS.Timeout | undefined;
  private readonly leave = (): void => this.end('cancelled', 'the caller left');
  failure: ProviderError | null = null;

  /** `startedAt` (performance.now) is that of the first attempt: a retry gets no new time. */
  constructor(
    private readonly provider: string,
    private readonly deadlines: GenerationDeadlines,
    private readonly caller: AbortSignal,
    startedAt: number,
  ) {
    const elapsedMs = performance.now() - startedAt;
    this.total = setTimeout(() => this.end('timeout', `no end within ${deadlines.totalMs} ms`), deadlines.totalMs - elapsedMs);
    this.expect(`no first token within ${deadlines.firstTokenMs} ms`, deadlines.firstTokenMs - elapsedMs);
    if (caller.aborted) this.leave();
    else caller.addEventListener('abort', this.leave, { once: true });
  }

  /** Give this to the request: it is aborted by whatever ends the call. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  expectNextToken(): void {
    this.expect(`no token for ${this.deadlines.idleMs} ms`, this.deadlines.idleMs);
  }

  /** After the answer: the rest is book-keeping, and nobody should wait long for it. */
  expectEnd(withinMs: number): void {
    this.expect(`no end within ${withinMs} ms after the answer`, withinMs);
  }

  /** While a token is with the reader the provider is not waited for. */
  pause(): void {
    clearTimeout(this.phase);
  }

  /** Always call it: it stops the clocks and closes a connection that is still open. */
  close(): void {
    clearTimeout(this.phase);
    clearTimeout(this.total);
    this.caller.removeEventListener('abort', this.leave);
    this.controller.abort();
  }

  private expect(message: string, withinMs: number): void {
    clearTimeout(this.phase);
    this.phase = setTimeout(() => this.end('timeout', message), withinMs);
  }

  private end(reason: 'timeout' | 'cancelled', message: string): void {
    if (this.failure !== null) return;
    this.failure = new ProviderError(this.provider, reason, message, { retryable: reason === 'timeout' });
    this.controller.abort(this.failure);
  }
}
