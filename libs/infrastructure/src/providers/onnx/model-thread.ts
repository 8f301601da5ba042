import { ProviderError, type ProviderErrorReason } from '@aegis/application/providers/provider-error';
import { withDeadline } from '@aegis/application/shared/with-deadline';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

interface Ready {
  readonly type: 'ready';
  readonly dimensions: number;
}
interface Failed {
  readonly type: 'failed';
  readonly id: number;
  readonly reason: ProviderErrorReason;
  readonly message: string;
}
interface Request {
  readonly type: string;
}
interface Reply {
  readonly type: string;
}
type AnswerOf<R extends Reply> = Exclude<R, { readonly type: 'ready' } | { readonly type: 'failed' }>;
/** Of each member on its own: plain Omit would flatten the union. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
type CallOf<R extends Request> = Unnumbered<Exclude<R, { readonly type: 'cancel' | 'close' | 'step_aside' }>>;

export interface ModelThreadOptions {
  readonly provider: string;
  /** The compiled file that the thread runs. */
  readonly entry: string;
  readonly workerData: unknown;
  /** Starts allowed in `withinMs`; beyond, calls fail until the time has passed. Default: 4 in a minute. */
  readonly starts?: { readonly count: number; readonly withinMs: number };
  /** Calls that may wait at a time. Default: 2,000. */
  readonly calls?: number;
}

interface Running {
  readonly worker: Worker;
  readonly dimensions: number;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread and the calls it owes an answer. A thread that dies fails its calls and is started again by the next one. */
export class ModelThread<Calls extends Request, Replies extends Reply> {
  private readonly waiting = new Map<number, Waiting<AnswerOf<Replies>>>();
  private running: Promise<Running> | undefined;
  private startedAt: readonly number[] = [];
  private lastId = 0;
  private closed = false;
  constructor(private readonly options: ModelThreadOptions) {}

  /** Resolves to the model's dimensions when the thread is ready; starts it where it is not running. */
  async ready(): Promise<number> {
    return (await this.start()).dimensions;
  }

  /** `given`: buffers of the call that go over without being copied, and are not the caller's any more. */
  async ask(call: CallOf<Calls>, signal: AbortSignal, given: readonly ArrayBuffer[] = []): Promise<AnswerOf<Replies>> {
    if (signal.aborted) throw this.error('cancelled', 'the caller left');
    if (this.waiting.size >= (this.options.calls ?? 2_000)) throw this.error('unavailable', 'too many calls wait for the model');
    const id = (this.lastId += 1);
    const answer = new Promise<AnswerOf<Replies>>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const leave = () => {
      this.take(id)?.reject(this.error('cancelled', 'the caller left'));
      void this.running?.then(({ worker }) => worker.postMessage({ type: 'cancel', id }), this.alreadyFailed);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.start().then(
      ({ worker }) => {
        if (this.waiting.has(id)) worker.postMessage({ ...call, id }, given);
      },
      (error: unknown) => this.take(id)?.reject(error),
    );
    return answer.finally(() => signal.removeEventListener('abort', leave));
  }

  /** A search is under way: what nobody waits for lets it pass. Nothing where the thread does not run. */
  stepAside(): void {
    void this.running?.then(({ worker }) => worker.postMessage({ type: 'step_aside' }), this.alreadyFailed);
  }

  /** Fails the calls that wait, and lets the run in progress end: tearing a thread down inside the model's library can crash the process. */
  async close(): Promise<void> {
    this.closed = true;
    this.failAll(this.error('cancelled', 'the model is closed'));
    const worker = await this.running?.then((running) => running.worker, this.alreadyFailed);
    if (worker === undefined) return;
    const gone = withDeadline(5_000, (signal) => once(worker, 'exit', { signal }));
    worker.postMessage({ type: 'close' });
    await gone.catch(() => worker.terminate());
  }

  private start(): Promise<Running> {
    if (this.closed) return Promise.reject(this.error('unavailable', 'the model is closed'));
    if (this.running !== undefined) return this.running;
    const { count, withinMs } = this.options.starts ?? { count: 4, withinMs: 60_000 };
    const recent = this.startedAt.filter((at) => Date.now() - at < withinMs);
    if (recent.length >= count) return Promise.reject(this.error('unavailable', 'the model ended too often and is not started again yet'));
    this.startedAt = [...recent, Date.now()];
    this.running = this.launch();
    return this.running;
  }

  private launch(): Promise<Running> {
    const worker = new Worker(this.options.entry, { workerData: this.options.workerData });
    return new Promise((resolve, reject) => {
      let dead = false;
      const died = (cause: Error) => {
        if (dead) return; // 'error' comes before 'exit', and by then another thread may be running
        dead = true;
        this.running = undefined;
        const error = this.error('unavailable', `the model's thread ended: ${cause.message}`, cause);
        reject(error);
        this.failAll(error);
      };
      worker.once('error', died);
      worker.once('exit', (code) => died(new Error(`exit code ${code}`)));
      worker.on('message', (reply: Ready | Failed | (AnswerOf<Replies> & { readonly id: number })) => {
        if (isReady(reply)) resolve({ worker, dimensions: reply.dimensions });
        else if (isFailed(reply)) this.take(reply.id)?.reject(this.error(reply.reason, reply.message));
        else this.take(reply.id)?.resolve(reply);
      });
    });
  }

  private take(id: number): Waiting<AnswerOf<Replies>> | undefined {
    const call = this.waiting.get(id);
    this.waiting.delete(id);
    return call;
  }

  private failAll(error: ProviderError): void {
    for (const id of [...this.waiting.keys()]) this.take(id)?.reject(error);
  }

  /** For followers of `running`: whoever started the thread has the error already. */
  private readonly alreadyFailed = () => undefined;

  private error(reason: ProviderErrorReason, message: string, cause?: unknown): ProviderError {
    return new ProviderError(this.options.provider, reason, message, { retryable: reason === 'unavailable' && !this.closed, cause });
  }
}

const isReady = (reply: Reply): reply is Ready => reply.type === 'ready';
const isFailed = (reply: Reply): reply is Failed => reply.type === 'failed';
