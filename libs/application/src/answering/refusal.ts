import type { AnswerLanguage } from '../providers/language-model';
import type { RefusalCode } from './query-record';

interface Figures {
  readonly confidence: number;
  readonly maxSimilarity: number | null;
}

const REASONS: Record<RefusalCode, Record<AnswerLanguage, string>> = {
  insufficient_evidence: { ko: '관련 문서를 찾을 수 없습니다', en: 'No relevant documents were found' },
  no_documents: { ko: '검색할 수 있는 문서가 없습니다', en: 'There are no documents to search' },
  unsupported_claims: { ko: '찾은 문서가 답변을 뒷받침하지 않습니다', en: 'The documents that were found do not support an answer' },
  policy_blocked: { ko: '정책에 따라 답변할 수 없습니다', en: 'The policy does not allow an answer' },
};
const LABELS = { ko: ['신뢰도', '최대 유사도'], en: ['confidence', 'maximum similarity'] } as const;

/** The sentence of a refusal in the language of the question, with the figures that led to it. */
export function refusalReason(code: RefusalCode, language: AnswerLanguage, { confidence, maxSimilarity }: Figures): string {
  const [sure, similar] = LABELS[language];
  const figures = [`${sure}: ${confidence.toFixed(2)}`, ...(maxSimilarity === null ? [] : [`${similar}: ${maxSimilarity.toFixed(2)}`])];
  return `${REASONS[code][language]} (${figures.join(', ')})`;
}
