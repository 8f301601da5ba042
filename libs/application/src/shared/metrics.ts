/** Counters and their labels. A label is a closed set or a route template: never a tenant, an id, a path or an error text. */
export interface CounterLabels {
  readonly aegis_documents_received_total: { readonly outcome: 'accepted' | 'duplicate' | 'refused' };
  readonly aegis_documents_processed_total: { readonly outcome: 'completed' | 'failed'; readonly code: string };
  readonly aegis_pages_processed_total: Readonly<Record<string, never>>;
  readonly aegis_chunks_indexed_total: Readonly<Record<string, never>>;
  readonly aegis_queries_total: { readonly outcome: 'answered' | 'refused' | 'cancelled' | 'failed' | 'searched' };
  /** Requests without a valid credential, at administration routes or at others. */
  readonly aegis_failed_authentications_total: { readonly area: 'admin' | 'tenant' };
  readonly aegis_rate_limited_total: { readonly reason: 'tenant' | 'administrator' | 'failed_authentication' | 'address' | 'tokens' };
  readonly aegis_rate_limit_fallbacks_total: Readonly<Record<string, never>>;
  readonly aegis_key_lookups_total: Readonly<Record<string, never>>;
  /** Texts of queries that needed no embedding: known, or being embedded for another query of the same tenant. */
  readonly rag_embedding_cache_hits: Readonly<Record<string, never>>;
  readonly rag_embedding_cache_misses: Readonly<Record<string, never>>;
  /** Searches of the present state that were served as they were found before, and those that were not. */
  readonly rag_result_cache_hits: Readonly<Record<string, never>>;
  readonly rag_result_cache_misses: Readonly<Record<string, never>>;
  readonly rag_search_requests_total: SearchLabels & { readonly outcome: 'found' | 'nothing' | 'failed' };
}

/** How was searched: what really was, BM25 where no vector could be had. */
interface SearchLabels {
  readonly strategy: 'hybrid' | 'vector' | 'bm25';
}

/** Histograms, in seconds where the name does not say otherwise. */
export interface HistogramLabels {
  readonly http_server_request_duration_seconds: { readonly method: string; readonly route: string; readonly status: string };
  readonly rag_search_latency_seconds: SearchLabels;
  /** A score, not a time: of the first source. */
  readonly rag_rerank_top1_score: SearchLabels;
}

export interface GaugeLabels {
  readonly aegis_open_streams: Readonly<Record<string, never>>;
  readonly aegis_queries_running: Readonly<Record<string, never>>;
  readonly aegis_queries_waiting: Readonly<Record<string, never>>;
  readonly aegis_rate_limits_shared: Readonly<Record<string, never>>;
}

/** What is counted while AEGIS runs, for an operator's dashboards. */
export abstract class Metrics {
  abstract count<Name extends keyof CounterLabels>(name: Name, labels: CounterLabels[Name], by?: number): void;
  abstract observe<Name extends keyof HistogramLabels>(name: Name, labels: HistogramLabels[Name], value: number): void;
  abstract gauge<Name extends keyof GaugeLabels>(name: Name, labels: GaugeLabels[Name], value: number): void;
  /** Everything so far as a Prometheus server reads it. */
  abstract exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}
