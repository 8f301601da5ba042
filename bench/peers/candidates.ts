/** One row of the tables. */
export interface Candidate {
  readonly name: string;
  /** What is measured: our own code (compiled beside this file) or an adapter of a peer. */
  readonly module: { readonly own: string } | { readonly peer: string };
  readonly variant: string;
  readonly leg: 'vector' | 'text';
  /** `exact`: compares every vector, so anything below full recall is a fault of ours. `all`: min(k, chunks) rows, though perhaps not the nearest. */
  readonly promises: 'exact' | 'all' | 'nothing';
  /** How a tenant is told from the others, and how it was tuned. */
  readonly how: string;
}

const product = (name: string, own: string, variant: string, how: string): Candidate => ({
  ...{ name, module: { own }, variant, leg: 'vector', promises: 'all', how },
});
const peer = (name: string, adapter: string, variant: string, promises: Candidate['promises'], how: string): Candidate => ({
  ...{ name, module: { peer: adapter }, variant, leg: 'vector', promises, how },
});

/** The one that the others are compared with, for each leg. */
export const OURS = product(
  'AEGIS',
  'reader-peer',
  'vector',
  'row-level security, routed by size of the tenant (exact up to 5,000), as the runtime role',
);
export const OUR_WORDS: Candidate = {
  ...product('AEGIS, BM25', 'reader-peer', 'text', 'row-level security, postings under the tenant; Korean in bigrams'),
  ...{ leg: 'text', promises: 'nothing' },
};

/** Who loads a store stands before those who only search it. Chains are loaded at the same time, one process of each. */
export const CHAINS: readonly (readonly Candidate[])[] = [
  [
    OURS,
    product(
      'AEGIS over HTTP',
      'http-peer',
      '',
      '`strategy: vector, rerank: false`; authenticated, recorded and audited, the question’s vector remembered',
    ),
    product(
      'floor: bare `pg`, with RLS',
      'bare-sql-peer',
      'rls',
      'the statement of AEGIS on one connection, its tenant signed for the policy',
    ),
    product(
      'floor: bare `pg`, without RLS',
      'bare-sql-peer',
      'superuser',
      'the same statement as superuser: `tenant_id = $1` and no policy',
    ),
    OUR_WORDS,
  ],
  [
    peer(
      'LangChain.js PGVectorStore',
      'langchain',
      'documented',
      'nothing',
      '`filter: { tenant }` on JSONB metadata, after the HNSW index (m 16, ef_construction 128)',
    ),
    peer(
      'LangChain.js, iterative scan',
      'langchain',
      'iterative',
      'nothing',
      'the same table, `hnsw.iterative_scan=strict_order` (it does not sort again), ef_search 100 set on its connections',
    ),
    peer(
      'LlamaIndex.TS + pgvector',
      'llamaindex',
      '',
      'exact',
      '`setCollection(tenant)`; makes no vector index, so every vector of the collection',
    ),
    peer(
      'hnswlib (the limit)',
      'hnswlib',
      '',
      'nothing',
      'an index for each tenant, m 16, ef_construction 128, ef 100; in memory, not durable',
    ),
    peer('LanceDB, every vector', 'lancedb', 'flat', 'exact', '`where tenant = …` before the search, bitmap index'),
    peer('LanceDB, IVF-PQ', 'lancedb', 'ivf-pq', 'nothing', 'the same table, default IVF-PQ, `refineFactor(10)`'),
    peer('Orama', 'orama', '', 'exact', '`where: { tenant: { eq } }`, an enum; `similarity: -1`, or rows are missing'),
    { ...peer('MiniSearch', 'minisearch', '', 'nothing', '`filter` on a stored field; words by its defaults'), leg: 'text' },
  ],
];
