import { ChunkText } from '@aegis/domain/shared/chunk-text';
import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { fuse } from '@aegis/domain/retrieval/rank-fusion';
import type { RankingCandidate } from '@aegis/domain/retrieval/ranking-features';
import { featuresOf, type Rerankable, worthReranking } from '@aegis/domain/retrieval/rerank';
import type { TokenCoder } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import type { RankingExample } from './ranking-quality';
import type { RankingCase } from './ranking-settings';
import type { TokenCache } from './token-cache';

type Candidate = Rerankable & RankingCandidate & { readonly id: string };

/** The special token at the end, which the cache leaves out and the coder expects. */
const CLOSING = 2;

/** Codes of texts that come up in many cases. */
export class CodedTexts {
  private readonly passages = new Map<string, Uint8Array>();

  constructor(
    private readonly cache: TokenCache,
    private readonly coder: Pick<TokenCoder, 'passage' | 'query'>,
  ) {}

  async query(text: string): Promise<LateQuery> {
    const { ids, values } = this.cache.read('query', text);
    return new LateQuery(await this.coder.query([...ids, CLOSING], values));
  }

  async passage(text: string): Promise<Uint8Array> {
    const known = this.passages.get(text);
    if (known !== undefined) return known;
    const { ids, values } = this.cache.read('passage', text);
    const codes = await this.coder.passage([...ids, CLOSING], values);
    this.passages.set(text, codes);
    return codes;
  }
}

/** The candidates of a case as the fusion orders them. */
export function fusedOf({ search, passages }: RankingCase): Candidate[] {
  const found = search.candidates.map((candidate) => {
    const passage = passages.get(candidate.id);
    const text = passage?.text ?? '';
    const titled = passage?.title === true ? text.indexOf('\n') : -1;
    return { ...candidate, text: new ChunkText(text.slice(titled + 1), titled < 0 ? '' : text.slice(0, titled)), late: null };
  });
  return fuse(found, { strategy: 'hybrid', fusion: 'score', alpha: 0.5 });
}

/** Ids of the passages that get a second look, in the order of an example's figures. */
export const comparedIds = (one: RankingCase): string[] => worthReranking(one.question.text, fusedOf(one)).map(({ id }) => id);

/** The passages whose tokens are compared with the question's. */
export const comparedTexts = (one: RankingCase): string[] =>
  worthReranking(one.question.text, fusedOf(one)).map(({ id }) => one.passages.get(id)?.text ?? '');

/** A case as the ranking sees it. */
export async function rankingExample(one: RankingCase, coded: CodedTexts): Promise<RankingExample> {
  const { question, relevant, search, passages } = one;
  const fused = fusedOf(one);
  const query = await coded.query(question.text);
  const chosen = new Set(worthReranking(question.text, fused).map(({ id }) => id));
  const scored: Candidate[] = [];
  for (const candidate of fused) {
    const codes = chosen.has(candidate.id) ? await coded.passage(passages.get(candidate.id)?.text ?? '') : undefined;
    scored.push(codes === undefined ? candidate : { ...candidate, late: query.score(codes) });
  }
  const { totalIdf, idf } = search;
  const features = [...featuresOf({ query: question.text, totalIdf, idf }, scored)];
  return {
    features: features.map(([, figures]) => figures),
    relevant: features.map(([{ id }]) => relevant.has(id)),
    relevantCount: relevant.size,
  };
}
