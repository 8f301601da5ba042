import { type AnswerabilityCheck, NoAnswerabilityCheck, RuleBasedAnswerability } from '@aegis/application/answering/answerability-check';

/** To add a check: one class behind AnswerabilityCheck, one line here. Configuration and tests read this list. */
export const answerabilityChecks = {
  rules: () => new RuleBasedAnswerability(),
  none: () => new NoAnswerabilityCheck(),
} satisfies Record<string, () => AnswerabilityCheck>;

export type AnswerabilityProvider = keyof typeof answerabilityChecks;
