import { CrossEncoder, type CrossEncoderIdentity, type PairRequest, type PairScores } from '@aegis/application/providers/cross-encoder';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { withDeadline } from '@aegis/application/shared/with-deadline';
import { tokensAtMost } from '../embedding-model/remote-tokens';
import { isRecord } from '../language-model/json-record';
import { resilient, type Resilience } from '../resilience';
import type { RerankAnswer, RerankProtocol } from './rerank-protocol';

/** Scores at a provider over HTTP. Believes nothing of an answer that it has not checked. */
export class RemoteCrossEncoder extends CrossEncoder {
  readonly identity: CrossEncoderIdentity;
  private readonly calls: Resilience;
  private readonly ended = new AbortController();

  /** `timeoutMs`: of the whole call, a second attempt included: a person waits, and there is an order without it. */
  constructor(
    private readonly protocol: RerankProtocol,
    private readonly timeoutMs: number,
  ) {
    super();
    const { provider, model } = protocol;
    this.identity = { provider, model, digest: null };
    this.calls = resilient({ provider, timeoutMs, retries: 1 });
  }

  async score({ query, passages, signal }: PairRequest): Promise<PairScores> {
    if (passages.length === 0) return { scores: [], usage: { tokens: 0, searches: 0 } };
    return withDeadline(this.timeoutMs, (late) => this.scoreUntil(late, { query, passages, signal }));
  }

  /** Requests in flight end now: nobody is left to read their answers. */
  close(): Promise<void> {
    this.ended.abort();
    return Promise.resolve();
  }

  private async scoreUntil(late: AbortSignal, { query, passages, signal }: PairRequest): Promise<PairScores> {
    const over = AbortSignal.any([signal, late, this.ended.signal]);
    try {
      return await this.calls.run(async (attempt) => {
        const watched = AbortSignal.any([attempt, over]);
        return this.checked(await this.protocol.ask(query, passages, watched), query, passages);
      }, over);
    } catch (error) {
      if (signal.aborted || !over.aborted) throw error;
      throw this.error(
        late.aborted ? 'timeout' : 'unavailable',
        late.aborted ? `no answer within ${this.timeoutMs} ms` : 'the reranker is closed',
        error,
      );
    }
  }

  private checked(answer: RerankAnswer, query: string, passages: readonly string[]): PairScores {
    const { length } = passages;
    if (answer.results.length !== length) {
      throw this.error('bad_answer', `answered with ${answer.results.length} scores for ${length} passages`);
    }
    const scores = new Map<number, number>();
    for (const result of answer.results) {
      const [index, score] = isRecord(result) ? [result['index'], result[this.protocol.scoreName]] : [];
      if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= length || scores.has(index))
        throw this.error('bad_answer', 'answered with scores of other passages than were sent');
      if (typeof score !== 'number' || !Number.isFinite(score)) throw this.error('bad_answer', 'answered with a score that is no number');
      scores.set(index, score);
    }
    const atMost = passages.reduce((sum, passage) => sum + tokensAtMost(query) + tokensAtMost(passage), 0);
    const usage = {
      tokens: believable(answer.tokens, atMost),
      searches: answer.searches === undefined ? 0 : believable(answer.searches, length),
    };
    return { scores: passages.map((_, at) => scores.get(at) ?? 0), usage };
  }

  private error(reason: 'unavailable' | 'timeout' | 'bad_answer', message: string, cause?: unknown): ProviderError {
    return new ProviderError(this.protocol.provider, reason, message, { retryable: false, cause });
  }
}

/** The provider's own count where it can be true: it is what the provider bills. */
const believable = (count: unknown, most: number): number =>
  typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 && count <= most ? count : most;
