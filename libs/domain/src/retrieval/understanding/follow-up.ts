import { queryTerms } from '../../shared/query-terms';
import { pointsBack } from './points-back';
import { type SearchPlan, NOTHING_MORE, strongest } from './search-plan';

export interface ConversationTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** Former questions that still count, and how much less each one further back. */
const FORMER_QUESTIONS = 3;
const QUESTION_WEIGHT = 0.4;
const FADING = 0.5;
/** What the last answer began with: a name may stand there and nowhere else. */
const ANSWER_WEIGHT = 0.1;
const ANSWER_CHARACTERS = 300;
/** Of the former question in the vector, where the question only points at its topic. */
const POINTED_AT_WEIGHT = 0.5;

/** The newest first. */
const saidBy = (role: ConversationTurn['role'], history: readonly ConversationTurn[]): readonly string[] =>
  history
    .filter((turn) => turn.role === role && turn.content.trim() !== '')
    .map(({ content }) => content.trim())
    .toReversed();

const firstSentence = (text: string): string => text.slice(0, ANSWER_CHARACTERS).split(/(?<=[.!?。])\s/u)[0] ?? '';

/** The newest former question that names its topic itself, with those after it that only pointed at it. */
function topicOf(questions: readonly string[]): string | null {
  const named = questions.findIndex((question) => !pointsBack(question));
  const last = named < 0 ? questions.length - 1 : named;
  return questions.length === 0
    ? null
    : questions
        .slice(0, last + 1)
        .toReversed()
        .join(' ');
}

/**
 * What a conversation adds to its last question: the terms of former questions, fading with their distance, and of the last answer; where
 * the question only points at its topic, the question that named it, in the vector too. The question itself always counts most.
 */
export function followUp(question: string, history: readonly ConversationTurn[]): SearchPlan {
  const questions = saidBy('user', history).slice(0, FORMER_QUESTIONS);
  const [answer] = saidBy('assistant', history);
  if (questions.length === 0 && answer === undefined) return NOTHING_MORE;
  const own = new Set(queryTerms(question));
  const weighted = (text: string, weight: number) => queryTerms(text).map((term) => ({ term, weight }));
  const terms = [
    ...questions.flatMap((text, distance) => weighted(text, QUESTION_WEIGHT * FADING ** distance)),
    ...weighted(firstSentence(answer ?? ''), ANSWER_WEIGHT),
  ];
  const topic = pointsBack(question) ? topicOf(questions) : null;
  return {
    texts: topic === null ? [] : [{ text: topic, kind: 'query', weight: POINTED_AT_WEIGHT }],
    terms: strongest(terms.filter(({ term }) => !own.has(term))),
  };
}
