import type { FieldProblem } from '@aegis/domain/shared/validation-failed';
import { koreanFieldMessage } from './field-messages.ko';
import type { HttpProblem } from './http-problem';
import type { ProblemLanguage } from './language';
import { FIELD_CODES, type FieldCode, type ProblemCatalogue } from './problem-codes';
import { ENGLISH } from './problems.en';
import { KOREAN } from './problems.ko';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** RFC 9457, with the stable `code`, the request id and the fields at fault. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this occurrence: the request. Nothing of what was asked for, so that a foreign id and an unknown one look alike. */
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldProblem[];
}

const CATALOGUES: Readonly<Record<ProblemLanguage, ProblemCatalogue>> = { en: ENGLISH, ko: KOREAN };

export function problemDocument(problem: HttpProblem, language: ProblemLanguage, requestId: string): ProblemDocument {
  const catalogue = CATALOGUES[language];
  const { title, detail } = catalogue.problems[problem.code];
  return {
    type: `urn:aegis:problem:${problem.code}`,
    title,
    status: problem.status,
    detail: inserted(problem.reason === null ? detail : catalogue.reasons[problem.reason], problem.parameters),
    instance: `urn:aegis:request:${requestId}`,
    code: problem.code,
    request_id: requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors.map((error) => inWords(error, catalogue, language)) }),
  };
}

/** The text with a parameter for each `{name}`. */
export const inserted = (text: string, parameters: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? ''));

/** Messages of a field name the limit or the choice, which its code does not; where there is none the code's words stand for it. */
function inWords({ pointer, code, message: english }: FieldProblem, catalogue: ProblemCatalogue, language: ProblemLanguage): FieldProblem {
  const known = isFieldCode(code) ? catalogue.fields[code] : catalogue.fields.invalid;
  const message = language === 'en' ? english : koreanFieldMessage(english);
  return { pointer, code, message: message === null || message === '' ? known : message };
}

const isFieldCode = (code: string): code is FieldCode => FIELD_CODES.some((known) => known === code);
