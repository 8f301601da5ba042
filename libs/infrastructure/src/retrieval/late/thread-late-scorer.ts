import { LateScorer, type LateRequest } from '@aegis/application/retrieval/late-scorer';
import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';
import { ModelThread } from '../../providers/onnx/model-thread';
import { entryPoint } from '../../system/entry-point';
import type { LateCall, LateReply } from './late-messages';

/** More wait for nothing: a query that comes then is ordered without token vectors. */
const MOST_CALLS = 200;

/** In a thread of its own, started by the first call. A thread that dies fails its calls; the next one starts another, four times a minute at most. */
export class ThreadLateScorer extends LateScorer {
  private readonly thread: ModelThread<LateCall, LateReply>;

  /** `entry`: the file that the thread runs. */
  constructor(entry = entryPoint(__dirname, 'late-worker')) {
    super();
    this.thread = new ModelThread({ provider: 'reranker', entry, workerData: undefined, calls: MOST_CALLS });
  }

  async score({ query, passages, signal }: LateRequest): Promise<readonly (LateInteraction | null)[]> {
    if (passages.length === 0) return [];
    const together = joined(passages);
    const lengths = passages.map(({ length }) => length);
    const call = { type: 'score', query: Uint8Array.from(query), passages: together, lengths } as const;
    return (await this.thread.ask(call, signal, [together.buffer])).scores;
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}

/** In a buffer of its own: a view goes over with all that it is a view of. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
