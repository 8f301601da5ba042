import type { EvidenceChunk } from '@aegis/domain/answering/confidence-features';
import { worthReranking } from '@aegis/domain/retrieval/rerank';
import type { TokenCoding } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import { TokenCoder } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import type { AnswerabilityCase } from './answerability-cases';
import { CodedTexts } from './ranking-examples';
import type { TokenCache } from './token-cache';

/** The text of a chunk as it was embedded. */
const textOf = ({ text: { context, content } }: EvidenceChunk): string => (context === '' ? content : `${context}\n${content}`);

/** The chunks that get a second look, as the product chooses them. */
const compared = ({ evidence: { query, chunks } }: AnswerabilityCase): ReadonlySet<EvidenceChunk> =>
  new Set(
    worthReranking(
      query,
      chunks.map((chunk) => ({ ...chunk, score: 0, chunk })),
    ).map(({ chunk }) => chunk),
  );

/** The cases with what the comparison of tokens says of each chunk, by the formulas of the product. */
export async function withTokens(
  cases: readonly AnswerabilityCase[],
  tokens: TokenCache,
  coding: TokenCoding,
): Promise<AnswerabilityCase[]> {
  const chosen = cases.map(compared);
  await tokens.fill(
    'query',
    cases.map(({ evidence }) => evidence.query),
  );
  await tokens.fill('passage', [...new Set(chosen.flatMap((chunks) => [...chunks].map(textOf)))]);
  const coder = await TokenCoder.open(coding, { query: 0, passage: 0 });
  const coded = new CodedTexts(tokens, coder);
  const made: AnswerabilityCase[] = [];
  for (const [at, one] of cases.entries()) {
    const query = await coded.query(one.evidence.query);
    const chunks: EvidenceChunk[] = [];
    for (const chunk of one.evidence.chunks) {
      chunks.push(chosen[at]?.has(chunk) === true ? { ...chunk, late: query.score(await coded.passage(textOf(chunk))) } : chunk);
    }
    made.push({ ...one, evidence: { ...one.evidence, chunks } });
  }
  await coder.release();
  return made;
}
