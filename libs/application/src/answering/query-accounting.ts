import type { PriceList } from '@aegis/domain/shared/price-list';
import { reservationOf, type Reservation } from '@aegis/domain/shared/reservation';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { EmbeddingModelIdentity } from '../providers/embedding-model';
import {
  PAIR_PASSAGE_CHARACTERS,
  PAIR_QUERY_CHARACTERS,
  PAIRS,
  type CrossEncoderIdentity,
  type PairUsage,
} from '../providers/cross-encoder';
import type { LanguageModelIdentity } from '../providers/language-model';
import { allEnded } from '../shared/all-ended';
import { actorOf, type Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import { GroupedUnits } from '../shared/grouped-units';
import type { IdGenerator } from '../shared/id-generator';
import { withLater } from '../shared/with-later';
import type { MachineTurns } from '../shared/machine-turns';
import type { Transaction, UnitOfWork } from '../unit-of-work';
import type { StartedQuery } from './query-log';
import { AlreadyRecorded } from './query-repository';
import type { QueryRecord } from './query-record';
import { WRITING_ANSWER_TOKENS, WRITING_PROMPT_TOKENS } from './question-writer';

/** At most this many tokens go into a prompt, and come out of a model: what a query can cost is known before it starts. */
export const PROMPT_TOKENS = 6_000;
export const ANSWER_TOKENS = 1_024;
/** No tokenizer makes more tokens of a UTF-16 code unit than the bytes of its UTF-8 form. */
const TOKENS_PER_CODE_UNIT = 3;
/** What `followUp` may put into the vector. */
const FORMER_QUESTIONS = 3;
/** A question, its other wordings and a passage, as `readWritten` cuts them. */
const WRITTEN_CHARACTERS = 3_500;

/** The most code units of pairs. Of an hour's tokens one each is set aside: more than a tokenizer makes of text in any language. */
const PAIR_CHARACTERS = PAIRS * (PAIR_QUERY_CHARACTERS + PAIR_PASSAGE_CHARACTERS);
/** The most that reading pairs can use: a provider that bills searches counts a long passage as several, and a hundred of them as one. */
const PAIR_USAGE = { input: PAIR_CHARACTERS * TOKENS_PER_CODE_UNIT, output: 0, searches: 3 };

/** Sets a query's money aside, and writes down what it was and what it cost in one transaction. */
export class QueryAccounting {
  private readonly records: GroupedUnits;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly prices: PriceList,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
    turns: MachineTurns,
  ) {
    this.records = new GroupedUnits(uow, turns);
  }

  /**
   * Sets aside what the dearest of those who may answer would cost, of those who may write the question anew, and the tokens. Throws QuotaExceeded or TokenRateLimited before any
   * provider is called. A query that can cost nothing, of a tenant whose tokens are not limited, needs no transaction.
   */
  async reserve(
    caller: Caller,
    { input, settings }: StartedQuery,
    embedding: EmbeddingModelIdentity,
    answering: readonly LanguageModelIdentity[],
    writing: readonly LanguageModelIdentity[] = [],
    encoder: CrossEncoderIdentity | null = null,
  ): Promise<Reservation> {
    const tokensPerHour = settings.tokensPerHour ?? null;
    const searched = searchedTokens(input, writing.length > 0);
    const searching = this.prices.cost(embedding.provider, embedding.name, { input: searched, output: 0 });
    const dearest = (models: readonly LanguageModelIdentity[], input: number, output: number) =>
      MicroUsd.max(models.map(({ provider, model }) => this.prices.cost(provider, model, { input, output })));
    const tokens =
      searched +
      (encoder === null ? 0 : PAIR_CHARACTERS) +
      (answering.length === 0 ? 0 : PROMPT_TOKENS + ANSWER_TOKENS) +
      (writing.length === 0 ? 0 : WRITING_PROMPT_TOKENS + WRITING_ANSWER_TOKENS);
    const reservation = reservationOf(
      this.ids.next(),
      [
        searching,
        encoder === null ? MicroUsd.zero : this.prices.cost(encoder.provider, encoder.model, PAIR_USAGE),
        dearest(answering, PROMPT_TOKENS, ANSWER_TOKENS),
        dearest(writing, WRITING_PROMPT_TOKENS, WRITING_ANSWER_TOKENS),
      ],
      this.clock.now(),
      tokensPerHour === null ? 0 : tokens,
    );
    if (isHeld(reservation)) await this.uow.run(caller.tenantId, (tx) => tx.usage.reserve(reservation, tokensPerHour));
    return reservation;
  }

  /**
   * Settles a query that `failure` ended before it could be recorded: what it had used is paid, the rest is free again. Throws the
   * failure, whatever happens meanwhile.
   */
  async abandon(caller: Caller, reservation: Reservation, spent: readonly UsageLine[], failure: unknown): Promise<never> {
    try {
      const used = spent.filter(({ tokensIn, cost }) => tokensIn > 0 || cost > 0);
      if (used.length > 0) {
        await this.uow.run(caller.tenantId, (tx) => tx.usage.post(reservation, used, { queryId: null, documentId: null }));
      } else if (isHeld(reservation)) await this.uow.run(caller.tenantId, (tx) => tx.usage.void(reservation));
    } catch (later) {
      throw withLater(failure, later);
    }
    throw failure;
  }

  embeddingLine({ provider, name }: EmbeddingModelIdentity, tokens: number): UsageLine {
    const cost = this.prices.cost(provider, name, { input: tokens, output: 0 });
    return { kind: 'query_embedding', provider, model: name, tokensIn: tokens, tokensOut: 0, pages: 0, cost };
  }

  /** One line for all that a query had read, free or not: its tokens count. */
  rerankingLines(asked: readonly { readonly by: CrossEncoderIdentity; readonly usage: PairUsage }[]): readonly UsageLine[] {
    const [first] = asked;
    if (first === undefined) return [];
    const { provider, model } = first.by;
    const tokensIn = asked.reduce((sum, { usage }) => sum + usage.tokens, 0);
    const searches = asked.reduce((sum, { usage }) => sum + usage.searches, 0);
    const cost = this.prices.cost(provider, model, { input: tokensIn, output: 0, searches });
    return [{ kind: 'reranking', provider, model, tokensIn, tokensOut: 0, pages: 0, cost }];
  }

  generationLine({ provider, model }: LanguageModelIdentity, promptTokens: number, completionTokens: number): UsageLine {
    const cost = this.prices.cost(provider, model, { input: promptTokens, output: completionTokens });
    return { kind: 'generation', provider, model, tokensIn: promptTokens, tokensOut: completionTokens, pages: 0, cost };
  }

  /**
   * Query log, ledger, audit trail and what `complete` writes: all of it or nothing, and once: it may be repeated when nobody knows whether it
   * went through. Committed when it resolves, with the tenant's other queries that ended in the same moment.
   */
  async settle(
    caller: Caller,
    record: QueryRecord,
    { reservation, usage }: { readonly reservation: Reservation; readonly usage: readonly UsageLine[] },
    complete: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    let added = Promise.resolve();
    // All of it is sent before the first answer is waited for.
    const write = async (tx: Transaction): Promise<void> => {
      added = tx.queries.add(record);
      const completed = complete(tx);
      tx.record({
        type: 'query.completed',
        occurredAt: record.askedAt,
        actor: actorOf(caller),
        queryId: record.id,
        outcome: record.response.outcome,
        chunkIds: record.retrieval.chunkIds,
        corpusEpoch: record.corpusEpoch,
        reservation,
        usage,
      });
      await allEnded([added, completed]);
    };
    try {
      await this.records.run(caller.tenantId, write);
    } catch (error) {
      // What was sent behind it failed with it, and may have said so first.
      const [addition] = await Promise.allSettled([added]);
      if (addition.status === 'fulfilled' || !(addition.reason instanceof AlreadyRecorded)) throw error;
    }
  }
}

const isHeld = ({ amount, tokens }: Reservation): boolean => amount > 0 || tokens > 0;

export const totalCost = (usage: readonly UsageLine[]): MicroUsd =>
  usage.reduce((sum, line) => MicroUsd.add(sum, line.cost), MicroUsd.zero);

/** Former questions may be embedded with the query, and what a model writes of it. */
function searchedTokens({ query, history, understanding }: StartedQuery['input'], isWritten: boolean): number {
  const former = understanding.history ? history.filter(({ role }) => role === 'user').slice(-FORMER_QUESTIONS) : [];
  const given = former.reduce((sum, { content }) => sum + content.length, query.length) * TOKENS_PER_CODE_UNIT;
  return given + (isWritten ? WRITTEN_CHARACTERS * TOKENS_PER_CODE_UNIT : 0);
}
