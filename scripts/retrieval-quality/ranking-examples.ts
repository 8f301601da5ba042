import { LateQuery } from '@aegis/domain/retrieval/late-interaction';
import { fuse } from '@aegis/domain/retrieval/rank-fusion';
import type { RankingCandidate } from '@aegis/domain/retrieval/ranking-features';
import { featuresOf, type Rerankable, worthReranking } from '@aegis/domain/retrieval/rerank';
import type { TokenCoder } from '@aegis/infrastructure/providers/embedding-model/token-coder';
import type { RankingExample } from './pairwise-ranking';
import type { RankingCase } from './ranking-settings';
import type { TokenCache } from './token-cache';

type Candidate = Rerankable & RankingCandidate & { readonly id: string };

/** Codes of texts that come up in many cases. */
export class CodedTexts {
  private readonly passages = new Map<string, Uint8Array>();

  constructor(
    private readonly cache: TokenCache,
    private readonly coder: Pick<TokenCoder, 'passage' | 'query'>,
  ) {}

  query(text: string): LateQuery {
    const { ids, values } = this.cache.read('query', text);
    return new LateQuery(this.coder.query([...ids], values));
  }

  passage(text: string): Uint8Array {
    const known = this.passages.get(text);
    if (known !== undefined) return known;
    const { ids, values } = this.cache.read('passage', text);
    const codes = this.coder.passage([...ids], values);
    this.passages.set(text, codes);
    return codes;
  }
}

/** A case as the ranking sees it; without `coded` there are no token vectors. */
export function rankingExample({ question, relevant, search, passages }: RankingCase, coded: CodedTexts | null): RankingExample {
  const found = search.candidates.map((candidate) => {
    const passage = passages.get(candidate.id);
    const text = passage?.text ?? '';
    const titled = passage?.title === true ? text.indexOf('\n') : -1;
    return { ...candidate, context: titled < 0 ? '' : text.slice(0, titled), content: text.slice(titled + 1), late: null };
  });
  const fused: Candidate[] = fuse(found, { strategy: 'hybrid', fusion: 'score', alpha: 0.5 });
  const query = coded?.query(question.text);
  const chosen = new Set(worthReranking(question.text, fused).map(({ id }) => id));
  const scored = fused.map((candidate) => {
    if (query === undefined || coded === null || !chosen.has(candidate.id)) return candidate;
    return { ...candidate, late: query.score(coded.passage(passages.get(candidate.id)?.text ?? '')) };
  });
  const features = [...featuresOf({ query: question.text, totalIdf: search.totalIdf }, scored)];
  return {
    features: features.map(([, figures]) => figures),
    relevant: features.map(([{ id }]) => relevant.has(id)),
    relevantCount: relevant.size,
    weight: 1,
  };
}
