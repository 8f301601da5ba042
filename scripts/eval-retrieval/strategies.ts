/** What is asked of the product: a column of the table. `retrieval` is the contract's field; absent is the default configuration. */
export interface Strategy {
  readonly name: string;
  readonly title: string;
  readonly retrieval?: Readonly<Record<string, string | number | boolean>>;
}

/** The first is what a client gets that says nothing. The others ask for one thing each, so none of them is reranked. */
export const STRATEGIES: readonly Strategy[] = [
  { name: 'default', title: 'default (hybrid, reranked)' },
  { name: 'hybrid', title: 'hybrid, `rerank: false`', retrieval: { strategy: 'hybrid', rerank: false } },
  { name: 'vector', title: '`vector`, `rerank: false`', retrieval: { strategy: 'vector', rerank: false } },
  { name: 'bm25', title: '`bm25`, `rerank: false`', retrieval: { strategy: 'bm25', rerank: false } },
  { name: 'rrf', title: 'hybrid, `fusion: rrf`, `rerank: false`', retrieval: { strategy: 'hybrid', fusion: 'rrf', rerank: false } },
];
