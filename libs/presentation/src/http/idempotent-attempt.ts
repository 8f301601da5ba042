import type { IdempotencyKeys, HeldKey, KeptAnswer } from '@aegis/application/shared/idempotency-keys';
import type { Completion } from '@aegis/application/shared/completion';
import { canonicalJson, type Json } from '@aegis/domain/shared/canonical-json';
import type { RequestKey } from './idempotency-key';

/** The request was answered before: ends whatever had begun, up to where the answer is sent again. */
export class AnsweredBefore extends Error {
  override readonly name = 'AnsweredBefore';
  constructor(readonly answer: KeptAnswer) {
    super('this request was answered before');
  }
}

/** Inside a string of JSON the quotation marks have a backslash: text that only looks like an id is not found. */
const DOCUMENT_ID = /"(?:document_)?id":"([0-9a-f-]{36})"/g;

/** Ids that an answer names, of documents among others. */
export const documentIdsIn = (json: string): readonly string[] => [...new Set([...json.matchAll(DOCUMENT_ID)].map(([, id = '']) => id))];

/** A third of the lease: two renewals may fail. */
const RENEW_MS = 20_000;

/** One request with a key, from the claim to its answer. */
export class IdempotentAttempt<Result> {
  private held: HeldKey | null = null;
  private renewal: NodeJS.Timeout | undefined;
  /** What was kept, to be sent as it is. */
  kept: KeptAnswer | null = null;
  /** The effect is there, and its answer with it. */
  isDone = false;

  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly key: RequestKey,
    private readonly answerOf: (result: Result) => KeptAnswer,
  ) {}

  /** Before anything is done. Throws AnsweredBefore, IdempotencyInProgress, IdempotencyKeyReused. */
  async begin(content: Json): Promise<void> {
    const begun = await this.keys.begin(this.key.placed, canonicalJson([this.key.route, content]));
    if (begun.kind === 'answered') throw new AnsweredBefore(begun.answer);
    const held = begun.key;
    this.held = held;
    // A renewal that fails is no failure of the request: when the key is lost by it, the completion finds out.
    this.renewal = setInterval(() => void this.keys.renew(held).catch(() => undefined), RENEW_MS);
  }

  readonly complete: Completion<Result> = async (tx, result) => {
    if (this.held === null) throw new Error('a result without a claimed key');
    this.kept = this.answerOf(result);
    await this.keys.finish(tx, this.held, this.kept, documentIdsIn(this.kept.body));
  };

  /** At the end, whatever came of it. A key without an answer is free for the next request; one that got its answer unheard keeps it. */
  async end(): Promise<void> {
    clearInterval(this.renewal);
    if (this.isDone || this.held === null) return;
    // Where even this fails the lease ends it, a minute later; why the request failed must not be hidden by it.
    await this.keys.release(this.held).catch(() => undefined);
  }
}
