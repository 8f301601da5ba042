import type { GenerationEvent, GenerationRequest } from '@aegis/application/providers/language-model';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { resilient, type Resilience } from '../resilience';
import { CallWatch } from './call-watch';
import type { ChatDialect } from './chat-dialect';
import { Handover } from './handover';
import type { GenerationDeadlines } from './language-model-config';
import { networkFailure, openStream } from './open-stream';
import { badAnswer, readLines } from './read-lines';
import { UsageCount } from './usage-count';

const RETRIES = 1;
/** Adapting to a picky provider: as often as there are things to give up. */
const ADAPTATIONS = 3;
const AFTERMATH_MS = 1_000;

/**
 * Streams answers of one remote provider within the deadlines. A retry happens only before the first token and within the first token's
 * time; the circuit breaker sees the whole stream, so a provider that always breaks off half-way is left alone too.
 */
export class ChatStream {
  private readonly guard: Resilience;

  constructor(
    private readonly dialect: ChatDialect,
    private readonly deadlines: GenerationDeadlines,
  ) {
    // The watch keeps the true limit; this one is for work that would not listen to it.
    this.guard = resilient({ provider: dialect.provider, timeoutMs: deadlines.totalMs + 1_000, retries: RETRIES });
  }

  async *generate(request: GenerationRequest): AsyncGenerator<GenerationEvent, void, undefined> {
    const events = new Handover<GenerationEvent>();
    const left = new AbortController();
    const signal = AbortSignal.any([request.signal, left.signal]);
    const call = new ChatCall(this.dialect, this.deadlines, request, events);
    this.guard
      .run((attempt) => call.attempt(AbortSignal.any([attempt, signal])), signal)
      .then(
        () => events.finish(),
        (error: unknown) => events.fail(call.broken ?? error),
      );
    try {
      yield* events;
    } finally {
      left.abort();
    }
  }
}

/** One answer: what was already given decides whether a failure may still be hidden by another attempt. */
class ChatCall {
  private readonly startedAt = performance.now();
  private readonly usage: UsageCount;
  private started = false;
  /** The failure as the caller shall see it, where the guard was told not to try again. */
  broken: ProviderError | null = null;

  constructor(
    private readonly dialect: ChatDialect,
    private readonly deadlines: GenerationDeadlines,
    private readonly request: GenerationRequest,
    private readonly events: Handover<GenerationEvent>,
  ) {
    this.usage = new UsageCount(request.messages, request.maxTokens);
  }

  async attempt(signal: AbortSignal): Promise<void> {
    const watch = new CallWatch(this.dialect.provider, this.deadlines, signal, this.startedAt);
    try {
      await this.relay(watch);
      await this.events.give({ type: 'usage', ...this.usage.total() });
    } catch (error) {
      throw this.withoutRepeat(watch.failure ?? networkFailure(this.dialect.provider, error));
    } finally {
      watch.close();
    }
  }

  private async relay(watch: CallWatch): Promise<void> {
    const { provider } = this.dialect;
    let finished = false;
    try {
      const body = await this.open(watch.signal);
      for await (const part of this.dialect.parts(readLines(body, provider))) {
        if (part.type === 'finished') {
          finished = true;
          watch.expectEnd(AFTERMATH_MS);
        } else if (part.type === 'usage') {
          this.usage.reported(part);
        } else if (!finished) {
          finished = !this.usage.admits(part);
          if (finished) break; // endless: the tokens that were paid for are out
          await this.pass(part, watch);
        }
      }
    } catch (error) {
      // The answer is complete; only book-keeping was lost. But who left has left.
      if (!finished || watch.failure?.reason === 'cancelled') throw error;
    }
    if (!finished) throw new ProviderError(provider, 'unavailable', 'the answer broke off', { retryable: true });
    if (!this.started) throw badAnswer(provider, 'the answer is empty');
  }

  private async pass(part: { type: 'text'; content: string } | { type: 'thought' }, watch: CallWatch): Promise<void> {
    if (part.type === 'text' && part.content !== '') {
      this.started = true;
      watch.pause();
      await this.events.give({ type: 'token', content: part.content });
    }
    watch.expectNextToken();
  }

  private async open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    for (let adaptations = 0; ; adaptations += 1) {
      try {
        return await openStream(this.dialect.provider, this.dialect.request(this.request), signal);
      } catch (error) {
        const mayHelp = error instanceof ProviderError && adaptations < ADAPTATIONS && this.dialect.adapt(error);
        if (!mayHelp) throw error;
      }
    }
  }

  /** Nothing that was said can be unsaid, and a deadline that has passed leaves no time for another attempt. */
  private withoutRepeat(error: unknown): unknown {
    if (!(error instanceof ProviderError) || !error.retryable || !(this.started || error.reason === 'timeout')) return error;
    this.broken = error;
    return new ProviderError(error.provider, error.reason, error.message, { retryable: false, cause: error.cause });
  }
}
