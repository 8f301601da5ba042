import { datedQuestion, type DatedQuestion } from '@aegis/domain/retrieval/understanding/dated-question';
import { followUp, type ConversationTurn } from '@aegis/domain/retrieval/understanding/follow-up';
import { type PlannedText, type PlannedTerm, type SearchPlan, strongest } from '@aegis/domain/retrieval/understanding/search-plan';
import { otherSpellings } from '@aegis/domain/retrieval/understanding/spellings';
import type { LanguageModelIdentity } from '../providers/language-model';
import type { EvidenceRequest } from './evidence-reader';

export type { ConversationTurn, PlannedText, PlannedTerm };

/** What may be done with a question before it is searched for. */
export interface UnderstandingSwitches {
  /** Complete a follow-up from the conversation. */
  readonly history: boolean;
  /** Read dates: as other ways to write them, as a state asked for, as the time of an upload. */
  readonly dates: boolean;
  /** Look for other spellings of its words too. */
  readonly spelling: boolean;
  /** Let a language model ask it in other words, and search for all of them. */
  readonly multiQuery: boolean;
  /** Let a language model write a passage that might answer it, and search for that too. */
  readonly hyde: boolean;
}

export const AS_IT_STANDS: UnderstandingSwitches = { history: false, dates: false, spelling: false, multiQuery: false, hyde: false };

export type UnderstandingStep = 'history' | 'rewritten' | 'dates' | 'as_of' | 'uploaded' | 'spelling' | 'multi_query' | 'hyde';

/** What was searched for beside the words of a question, or in their place: all that it takes to search for it again. */
export interface RecordedUnderstanding {
  readonly steps: readonly UnderstandingStep[];
  /** The question itself, or as a language model wrote it anew. */
  readonly searchedFor: string;
  readonly texts: readonly PlannedText[];
  readonly terms: readonly PlannedTerm[];
  /** A state that the question names: tried before that of the request. Moments in ISO 8601. */
  readonly validAt: string | null;
  readonly uploadedAfter: string | null;
  readonly uploadedBefore: string | null;
  /** How many turns of a conversation came with it; their texts are not kept. */
  readonly historyTurns: number;
  readonly writtenBy: LanguageModelIdentity | null;
}

/** A question as rules read it. */
export interface ReadQuestion {
  /** What took effect, in this order. */
  readonly steps: readonly UnderstandingStep[];
  /** With the question before it that names its topic, where it only points at one. */
  readonly inFull: string;
  readonly plan: SearchPlan;
  readonly dates: Omit<DatedQuestion, 'terms'>;
}

/** What was read out of a question beside its words is cut here: a conversation can be long. */
const MAX_PLANNED_TERMS = 128;
const NO_DATES: DatedQuestion = { validAt: null, uploadedAfter: null, uploadedBefore: null, terms: [] };

/** Reads a question by rules alone; what the request says itself about state and uploads stands. Pure: the same day gives the same reading. */
export function readQuestion(
  { query, asOf, filter }: Pick<EvidenceRequest, 'query' | 'asOf' | 'filter'>,
  history: readonly ConversationTurn[],
  switches: UnderstandingSwitches,
  now: Date,
): ReadQuestion {
  const context: SearchPlan = switches.history ? followUp(query, history) : { texts: [], terms: [] };
  const found = switches.dates ? datedQuestion(query, now) : NO_DATES;
  const spellings = switches.spelling ? otherSpellings(query) : [];
  const upload = filter.createdAfter === null && filter.createdBefore === null ? found : NO_DATES;
  const dates = {
    validAt: asOf.validAt === null && asOf.knownAt === null ? found.validAt : null,
    uploadedAfter: upload.uploadedAfter,
    uploadedBefore: upload.uploadedBefore,
  };
  const took: readonly (readonly [UnderstandingStep, boolean])[] = [
    ['history', context.terms.length + context.texts.length > 0],
    ['dates', found.terms.length > 0],
    ['as_of', dates.validAt !== null],
    ['uploaded', dates.uploadedAfter !== null || dates.uploadedBefore !== null],
    ['spelling', spellings.length > 0],
  ];
  const [topic] = context.texts;
  return {
    steps: took.flatMap(([step, effective]) => (effective ? [step] : [])),
    inFull: topic === undefined ? query : `${topic.text} ${query}`,
    plan: { texts: context.texts, terms: strongest([...context.terms, ...found.terms, ...spellings]).slice(0, MAX_PLANNED_TERMS) },
    dates,
  };
}
