import type { Reservation } from '@aegis/domain/shared/reservation';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import type { LanguageModelIdentity } from '../providers/language-model';
import type { EmbeddedQuery, Encoded, EvidenceReader, EvidenceRequest } from '../retrieval/evidence-reader';
import type { RecordedUnderstanding } from '../retrieval/question-reader';
import type { Caller } from '../shared/caller';
import type { MachineTurns } from '../shared/machine-turns';
import type { ConfidenceJudge } from './confidence-judge';
import { judgedEvidence, selectionFor, type JudgedEvidence } from './judged-evidence';
import type { AskedQuestion } from './answer-writer';
import type { QueryAccounting } from './query-accounting';
import type { StartedQuery } from './query-log';
import type { QueryUnderstanding } from './query-understanding';

/** What was found for a query, and what that cost so far. */
export interface GatheredEvidence {
  readonly reservation: Reservation;
  readonly retrieval: JudgedEvidence;
  /** How the question was understood; null: as it stands. */
  readonly understanding: RecordedUnderstanding | null;
  /** What was searched for, and the same in full, for whoever answers it. */
  readonly question: AskedQuestion;
  readonly spent: readonly UsageLine[];
}

/** From a query to its evidence: sets its money aside, understands it, embeds it, searches and judges. Questions and searches share it. */
export class EvidenceGathering {
  constructor(
    private readonly evidence: EvidenceReader,
    private readonly understanding: QueryUnderstanding,
    private readonly accounting: QueryAccounting,
    private readonly confidence: ConfidenceJudge,
    private readonly turns: MachineTurns,
  ) {}

  /** `answering`: who may write an answer to it; nobody, where what is found is all that is wanted. What fails here is accounted for here. */
  async gather(
    caller: Caller,
    query: StartedQuery,
    answering: readonly LanguageModelIdentity[],
    signal: AbortSignal,
  ): Promise<GatheredEvidence> {
    const { embeddingModel, crossEncoder } = this.evidence;
    const writing = this.understanding.mayWrite(query);
    const reservation = await this.accounting.reserve(
      caller,
      query,
      embeddingModel,
      answering,
      writing,
      query.input.rerank === true ? crossEncoder : null,
    );
    const spent: UsageLine[] = [];
    const encoded: Encoded[] = [];
    try {
      const understood = await this.understanding.understand(query, signal);
      if (understood.spent !== null) {
        const { by, promptTokens, completionTokens } = understood.spent;
        spent.push(this.accounting.generationLine(by, promptTokens, completionTokens));
      }
      const { request, inFull, validAt, record } = understood;
      const purpose = answering.length === 0 ? 'results' : 'answer';
      const found = await this.turns.during(caller.tenantId, async () => {
        const embedded = await this.evidence.embed(caller.tenantId, request, signal);
        spent.push(this.accounting.embeddingLine(embeddingModel, embedded.tokens));
        return this.search(caller, query, { request, validAt, embedded, purpose, encoded }, signal);
      });
      spent.push(...this.accounting.rerankingLines(encoded));
      const retrieval = { ...found, degraded: [...understood.degraded, ...found.degraded] };
      return { reservation, retrieval, understanding: record, question: { text: request.query, inFull }, spent };
    } catch (error) {
      return await this.accounting.abandon(caller, reservation, [...spent, ...this.accounting.rerankingLines(encoded)], error);
    }
  }

  /** A state that only the question's words ask for takes no answer away: where it holds none, the state of the request is searched. */
  private async search(
    caller: Caller,
    query: StartedQuery,
    asked: {
      readonly request: EvidenceRequest;
      readonly validAt: Date | null;
      readonly embedded: EmbeddedQuery;
      readonly purpose: 'results' | 'answer';
      /** Takes what was read, for it is paid whatever comes after. */
      readonly encoded: Encoded[];
    },
    signal: AbortSignal,
  ): Promise<JudgedEvidence> {
    const { request, validAt, embedded, purpose, encoded } = asked;
    const selection = selectionFor(request, query.topK, purpose);
    const calibration = query.settings.calibration ?? null;
    const searchIn = async (asOf: EvidenceRequest['asOf']): Promise<JudgedEvidence> => {
      const evidence = await this.evidence.read(caller.tenantId, { ...request, asOf }, query.topK, embedded, signal);
      if (evidence.encoded !== null) encoded.push(evidence.encoded);
      const judged = { embeddingModel: this.evidence.embeddingModel.name, request, askedAt: query.askedAt, evidence, calibration };
      return judgedEvidence(evidence, await this.confidence.judge(judged, signal), selection);
    };
    if (validAt === null) return searchIn(request.asOf);
    const then = await searchIn({ ...request.asOf, validAt });
    const isEmpty = then.chunks.length === 0;
    if (!isEmpty && then.confidence >= query.minConfidence) return then;
    const now = await searchIn(request.asOf);
    return isEmpty || now.confidence > then.confidence ? now : then;
  }
}
