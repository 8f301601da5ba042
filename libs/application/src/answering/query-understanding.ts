import { queryLanguage } from '@aegis/domain/answering/query-language';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import type { LanguageModelIdentity } from '../providers/language-model';
import type { EvidenceRequest } from '../retrieval/evidence-reader';
import {
  readQuestion,
  type PlannedTerm,
  type PlannedText,
  type ReadQuestion,
  type RecordedUnderstanding,
  type UnderstandingStep,
} from '../retrieval/question-reader';
import type { WritingTask, WrittenQuestion } from './question-prompt';
import type { QuestionWriter, WritingOutcome } from './question-writer';
import type { StartedQuery } from './query-log';

/** A query as it will be searched for. */
export interface UnderstoodQuery {
  readonly request: EvidenceRequest;
  /** The question in full, for whoever answers it. */
  readonly inFull: string;
  /** A state that the question names, to be tried before the one that the request names; null where there is none. */
  readonly validAt: Date | null;
  /** Null where the question is searched for as it stands. */
  readonly record: RecordedUnderstanding | null;
  readonly spent: WritingOutcome['spent'];
  readonly degraded: readonly string[];
}

/** What another wording counts beside the question; a passage that might answer it counts as much as it does. */
const OTHER_WORDING_WEIGHT = 0.5;
const PASSAGE_WEIGHT = 1;

/** Makes of a question and its conversation what is searched for: by rules, and by a language model where that is wanted and there is one. */
export class QueryUnderstanding {
  constructor(private readonly writer: QuestionWriter) {}

  /** Whoever may have to be paid for it: nobody, where rules do. */
  mayWrite({ input }: StartedQuery): readonly LanguageModelIdentity[] {
    return Object.values(this.taskOf(input)).includes(true) ? this.writer.mayWrite : [];
  }

  /** Ends with the rules' reading when the model fails; `signal` ends the model's call. */
  async understand(query: StartedQuery, signal: AbortSignal): Promise<UnderstoodQuery> {
    const { input, settings } = query;
    const task = this.taskOf(input);
    const language = queryLanguage(input.query, settings.language);
    const { written, spent } = Object.values(task).includes(true)
      ? await this.writer.write(input.query, input.history, task, { language, chosen: settings.llmModel }, signal)
      : { written: null, spent: null };
    const failed = written === null && Object.values(task).includes(true);
    const question = written?.question ?? input.query;
    const passage = written?.passage ?? null;
    const switches = { ...input.understanding, history: input.understanding.history && question === input.query };
    const read = readQuestion({ ...input, query: question }, input.history, switches, query.askedAt);
    const request = plannedRequest(input, question, read, written);
    const steps: readonly UnderstandingStep[] = [
      ...(question === input.query ? [] : (['rewritten'] as const)),
      ...read.steps,
      ...(written === null || written.otherQueries.length === 0 ? [] : (['multi_query'] as const)),
      ...(passage === null ? [] : (['hyde'] as const)),
    ];
    return {
      request,
      inFull: read.inFull,
      validAt: read.dates.validAt,
      record: steps.length === 0 ? null : recordOf(steps, request, read, { turns: input.history.length, by: spent?.by ?? null }),
      spent,
      degraded: failed ? ['query_rewriting_unavailable'] : [],
    };
  }

  private taskOf({ history, understanding }: StartedQuery['input']): WritingTask {
    const hasModel = this.writer.mayWrite.length > 0;
    return {
      rewrite: understanding.history && this.writer.rewritesFollowUps && history.some(({ role }) => role === 'user'),
      otherQueries: understanding.multiQuery && hasModel,
      passage: understanding.hyde && hasModel,
    };
  }
}

function plannedRequest(
  input: StartedQuery['input'],
  question: string,
  { plan, dates }: ReadQuestion,
  written: WrittenQuestion | null,
): EvidenceRequest {
  const passage = written?.passage ?? null;
  const others = [...(question === input.query ? [] : [input.query]), ...(written?.otherQueries ?? [])];
  const texts: readonly PlannedText[] = [
    ...plan.texts,
    ...others.map((text) => ({ text, kind: 'query', weight: OTHER_WORDING_WEIGHT }) as const),
    ...(passage === null ? [] : [{ text: passage, kind: 'passage', weight: PASSAGE_WEIGHT } as const]),
  ];
  const known = new Set(others.length === 0 ? [] : [...queryTerms(question), ...plan.terms.map(({ term }) => term)]);
  const further = [...new Set(others.flatMap((text) => queryTerms(text)))].filter((term) => !known.has(term));
  const terms: readonly PlannedTerm[] = [...plan.terms, ...further.map((term) => ({ term, weight: OTHER_WORDING_WEIGHT }))];
  const { topK: _k, minConfidence: _c, history: _h, understanding: _u, ...request } = input;
  const filter = {
    ...input.filter,
    createdAfter: input.filter.createdAfter ?? dates.uploadedAfter,
    createdBefore: input.filter.createdBefore ?? dates.uploadedBefore,
  };
  return { ...request, query: question, filter, plan: { texts, terms } };
}

const recordOf = (
  steps: readonly UnderstandingStep[],
  { query, plan }: EvidenceRequest,
  { dates }: ReadQuestion,
  { turns, by }: { readonly turns: number; readonly by: LanguageModelIdentity | null },
): RecordedUnderstanding => ({
  steps,
  searchedFor: query,
  texts: plan?.texts ?? [],
  terms: plan?.terms ?? [],
  validAt: dates.validAt?.toISOString() ?? null,
  uploadedAfter: dates.uploadedAfter?.toISOString() ?? null,
  uploadedBefore: dates.uploadedBefore?.toISOString() ?? null,
  historyTurns: turns,
  writtenBy: by,
});
