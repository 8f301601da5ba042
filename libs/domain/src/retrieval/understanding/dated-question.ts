import { queryTerms } from '../../shared/query-terms';
import { type NamedPeriod, periodsIn, writtenForms } from './period';
import { type PlannedTerm, strongest } from './search-plan';

/** What the dates in a question say for certain, and how documents may write them. */
export interface DatedQuestion {
  /** The last moment of the day whose state is asked for: `2023년 12월 31일 기준`, `as of 2023-12-31`. */
  readonly validAt: Date | null;
  /** When the documents that are asked for were uploaded: `지난달에 올린 문서`, `documents uploaded in May 2024`. */
  readonly uploadedAfter: Date | null;
  readonly uploadedBefore: Date | null;
  readonly terms: readonly PlannedTerm[];
}

/** Another way to write a date counts less than the question's own; a relative one has no other. */
const WRITTEN_WEIGHT = 0.3;
const RESOLVED_WEIGHT = 0.6;

const BEFORE_STATE = /(?:\bas (?:of|at)|\b(?:valid|in force|in effect|effective) (?:on|as of|at))\s+(?:the end of\s+)?$/iu;
const AFTER_STATE = /^\s?(?:자|말|일자|말일)?\s?(?:을|를)?\s?(?:기준|현재|시점|당시)(?=으로|의|에|인|\s|$|[,?.]|[가-힣]{0,3}(?:\s|$))/u;
const BEFORE_UPLOAD = /\b(?:uploaded|added|posted)\s+(?:(in|on|during|since|after|before|until)\s+)?$/iu;
const AFTER_UPLOAD =
  /^\s?(에|부터|이후(?:에|로)?|이전(?:에)?|전에|까지)?\s?(?:새로\s)?(?:올린|올라온|업로드한|업로드된|업로드됐던|등록한|등록된|추가한|추가된)/u;

function stateOf(text: string, periods: readonly NamedPeriod[]): Date | null {
  for (const { from, to, end, unit } of periods) {
    const asked = BEFORE_STATE.test(text.slice(0, from)) || AFTER_STATE.test(text.slice(to));
    const endNamed = unit === 'day' || /^\s?말/u.test(text.slice(to)) || /the end of\s+$/iu.test(text.slice(0, from));
    if (asked && endNamed) return new Date(end.getTime() - 1);
  }
  return null;
}

function uploadOf(text: string, periods: readonly NamedPeriod[]): Pick<DatedQuestion, 'uploadedAfter' | 'uploadedBefore'> {
  for (const { from, to, start, end } of periods) {
    const match = BEFORE_UPLOAD.exec(text.slice(0, from)) ?? AFTER_UPLOAD.exec(text.slice(to));
    if (match === null) continue;
    const relation = match[1]?.toLowerCase() ?? '';
    if (/^(?:since|부터|이후)/u.test(relation)) return { uploadedAfter: start, uploadedBefore: null };
    if (relation === 'after') return { uploadedAfter: end, uploadedBefore: null };
    if (/^(?:before|이전|전에)/u.test(relation)) return { uploadedAfter: null, uploadedBefore: start };
    if (/^(?:until|까지)/u.test(relation)) return { uploadedAfter: null, uploadedBefore: end };
    return { uploadedAfter: start, uploadedBefore: end };
  }
  return { uploadedAfter: null, uploadedBefore: null };
}

/**
 * Reads the dates of a question. A date alone filters nothing: the figures for 2023 stand in reports of 2024, uploaded whenever. Only what
 * says that it speaks of a state or of an upload is taken for one; all else are other ways to write the same date, as terms.
 */
export function datedQuestion(question: string, now: Date): DatedQuestion {
  const text = question.normalize('NFKC');
  const periods = periodsIn(text, now);
  const terms = periods.flatMap((period) => {
    const weight = period.relative ? RESOLVED_WEIGHT : WRITTEN_WEIGHT;
    return writtenForms(period).flatMap((form) => queryTerms(form).map((term) => ({ term, weight })));
  });
  const own = new Set(terms.length === 0 ? [] : queryTerms(question));
  return {
    validAt: stateOf(text, periods),
    ...uploadOf(text, periods),
    terms: strongest(terms.filter(({ term }) => !own.has(term))),
  };
}
