import { ProviderError } from '@aegis/application/providers/provider-error';
import {
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  TaskCancelledError,
  TimeoutStrategy,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  retry,
  timeout,
} from 'cockatiel';
import { setTimeout as sleep } from 'node:timers/promises';
import { isNetworkFault } from './network-fault';
import { RetryAfter } from './retry-after';

export interface ResilienceOptions {
  readonly provider: string;
  /** Of one attempt: a call takes at most `(retries + 1) * timeoutMs` and the waits between, each at most ten seconds. */
  readonly timeoutMs: number;
  readonly retries: number;
  /** After `failures` outages in a row, calls are refused at once for `openMs`, then one call may try. Default: 5 and 15 s. */
  readonly breaker?: { readonly failures: number; readonly openMs: number };
}

export interface Resilience {
  /**
   * Throws ProviderError; what is neither that nor a network fault is a bug and comes through as it is. Ends at once when `signal`
   * aborts. The signal that `work` gets ends with the attempt: a stream that outlives `work` must watch the caller's as well.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>;
}

const LONGEST_WAIT_MS = 10_000;
const OUTAGES = new Set<string>(['timeout', 'unavailable', 'bad_answer']);

/** The caller left while its call was the one that tests an open breaker: nothing was proven, so the breaker opens again. */
class AbandonedProbe extends Error {
  constructor(readonly failure: ProviderError) {
    super(failure.message);
  }
}

/** Time limit, jittered retries and a circuit breaker around every call of one provider; keep one for each provider. */
export function resilient(options: ResilienceOptions): Resilience {
  const { provider, timeoutMs } = options;
  const { failures, openMs } = options.breaker ?? { failures: 5, openMs: 15_000 };
  // abortOnReturn would cut a body that is still streaming when `work` hands it over.
  const bounded = timeout(timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false });
  const breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) });
  // Cockatiel's own wait cannot be cut short and would hold up a process that wants to end: ours, in `run`, can.
  const retried = retry(handleWhen(isWorthRetrying), { maxAttempts: options.retries, backoff: new ConstantBackoff(0) });

  function named(error: unknown, caller: AbortSignal): unknown {
    const failure = (reason: 'cancelled' | 'timeout' | 'unavailable' | 'breaker_open', message: string) =>
      new ProviderError(provider, reason, message, { retryable: reason !== 'cancelled', cause: error });
    if (caller.aborted) return failure('cancelled', 'the caller left');
    if (error instanceof AbandonedProbe) return error.failure;
    if (error instanceof ProviderError) return error;
    // isTaskCancelledError of cockatiel 3.2.1 looks for another error's mark and is always false.
    if (error instanceof TaskCancelledError) return failure('timeout', `no answer within ${timeoutMs} ms`);
    if (isBrokenCircuitError(error)) return failure('breaker_open', 'failed too often: not asked for a while');
    return isNetworkFault(error) ? failure('unavailable', 'the connection failed') : error;
  }

  async function attempt<T>(work: (signal: AbortSignal) => Promise<T>, caller: AbortSignal): Promise<T> {
    const probing = breaker.state === CircuitState.Open; // cockatiel starts the probe before it leaves this state
    try {
      caller.throwIfAborted();
      return await bounded.execute(({ signal }) => namingTheEnd(work, signal), caller);
    } catch (error) {
      const failure = named(error, caller);
      throw probing && failure instanceof ProviderError && failure.reason === 'cancelled' ? new AbandonedProbe(failure) : failure;
    }
  }

  return {
    async run(work, signal) {
      try {
        let last: unknown;
        const call = retried.execute(async ({ attempt: number }) => {
          if (number > 0) await sleep(waitMs(number, last), undefined, { signal });
          return breaker
            .execute(() => attempt(work, signal))
            .catch((error: unknown) => {
              last = error;
              throw error;
            });
        }, signal);
        // A wait behind another call's probe does not end on abort by itself.
        return await orAborted(call, signal);
      } catch (error) {
        throw named(error, signal);
      }
    },
  };
}

function isOutage(error: Error): boolean {
  return error instanceof AbandonedProbe || (error instanceof ProviderError && OUTAGES.has(error.reason));
}

/** Not while the breaker is open, and not when the provider asked for more patience than a caller has. */
function isWorthRetrying(error: Error): boolean {
  return error instanceof ProviderError && error.retryable && askedDelayMs(error) <= LONGEST_WAIT_MS;
}

function askedDelayMs(error: unknown): number {
  return error instanceof ProviderError && error.cause instanceof RetryAfter ? error.cause.delayMs : 0;
}

/** Full jitter: callers that failed together do not come back together. */
function waitMs(attempt: number, error: unknown): number {
  return Math.max(askedDelayMs(error), Math.random() * Math.min(LONGEST_WAIT_MS, 200 * 2 ** attempt));
}

/** Work that ends because its time is over may say so in its own words (AbortError) before cockatiel does. */
async function namingTheEnd<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? new TaskCancelledError() : error;
  }
}

function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('aborted', { cause: signal.reason }));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    call.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
