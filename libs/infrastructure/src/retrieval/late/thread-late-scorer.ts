import { ProviderError } from '@aegis/application/providers/provider-error';
import { LateScorer, type LateRequest } from '@aegis/application/retrieval/late-scorer';
import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import { Worker } from 'node:worker_threads';
import { entryPoint } from '../../system/entry-point';
import type { LateAnswer, LateCall } from './late-messages';

type Scores = readonly (LateInteraction | null)[];

interface Waiting {
  readonly resolve: (scores: Scores) => void;
  readonly reject: (error: unknown) => void;
}

/** More wait for nothing: a query that comes then is ordered without token vectors. */
const MAX_WAITING = 200;
const RESTART_MS = 10_000;

/** In a thread of its own, started by the first call. A thread that dies fails its calls; ten seconds later the next call starts another. */
export class ThreadLateScorer extends LateScorer {
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private lastId = 0;
  private notBefore = 0;
  private closed = false;

  /** `entry`: the file that the thread runs. */
  constructor(private readonly entry = entryPoint(__dirname, 'late-worker')) {
    super();
  }

  async score({ query, passages, signal }: LateRequest): Promise<Scores> {
    if (passages.length === 0) return [];
    if (signal.aborted) throw failed('cancelled', 'the caller left');
    if (this.waiting.size >= MAX_WAITING) throw failed('unavailable', 'too many calls wait for the thread');
    const worker = this.started();
    const id = (this.lastId += 1);
    const answer = new Promise<Scores>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const leave = (): void => this.take(id)?.reject(failed('cancelled', 'the caller left'));
    signal.addEventListener('abort', leave, { once: true });
    const together = joined(passages);
    const call: LateCall = { id, query: Uint8Array.from(query), passages: together, lengths: passages.map(({ length }) => length) };
    worker.postMessage(call, [together.buffer]);
    return answer.finally(() => signal.removeEventListener('abort', leave));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.failAll('the thread is closed');
    await this.worker?.terminate();
  }

  private started(): Worker {
    if (this.worker !== undefined) return this.worker;
    if (this.closed || Date.now() < this.notBefore) throw failed('unavailable', 'the thread ended and is not started again yet');
    const worker = new Worker(this.entry);
    // It keeps nobody alive who has nothing else to do.
    worker.unref();
    worker.on('message', ({ id, scores }: LateAnswer) => this.take(id)?.resolve(scores));
    const died = (cause: string): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      this.notBefore = Date.now() + RESTART_MS;
      this.failAll(`the thread ended: ${cause}`);
    };
    worker.once('error', (error) => died(error.message));
    worker.once('exit', (code) => died(`exit code ${code}`));
    this.worker = worker;
    return worker;
  }

  private take(id: number): Waiting | undefined {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    return call;
  }

  private failAll(message: string): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.reject(failed('unavailable', message));
  }
}

const failed = (reason: 'unavailable' | 'cancelled', message: string): ProviderError =>
  new ProviderError('reranker', reason, message, { retryable: reason === 'unavailable' });

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
