/** A text that is embedded for a search: the question itself first, then what else says the same. */
export interface PlannedText {
  readonly text: string;
  /** A question, or a passage as it might stand in a document. */
  readonly kind: 'query' | 'passage';
  /** Its share in the query's vector beside the question's 1. */
  readonly weight: number;
}

/** A BM25 term that the question itself does not have; its idf counts with `weight`, above 0 and at most 1. */
export interface PlannedTerm {
  readonly term: string;
  readonly weight: number;
}

/** What is searched with beside the question as it stands: one vector of all texts, one list of terms, so it stays one search. */
export interface SearchPlan {
  readonly texts: readonly PlannedText[];
  readonly terms: readonly PlannedTerm[];
}

export const NOTHING_MORE: SearchPlan = { texts: [], terms: [] };

/** Each term once, with its highest weight. */
export function strongest(terms: readonly PlannedTerm[]): readonly PlannedTerm[] {
  const weights = new Map<string, number>();
  for (const { term, weight } of terms) weights.set(term, Math.max(weight, weights.get(term) ?? 0));
  return [...weights].map(([term, weight]) => ({ term, weight }));
}
