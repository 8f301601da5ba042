import type { CounterLabels, GaugeLabels, HistogramLabels } from '@aegis/application/shared/metrics';

interface Described<Labels> {
  readonly help: string;
  readonly labels: readonly (keyof Labels & string)[];
}

/** Every metric of AEGIS: dashboards and alerts use these names, so they never change. */
export const COUNTERS: { readonly [Name in keyof CounterLabels]: Described<CounterLabels[Name]> } = {
  aegis_documents_received_total: { help: 'Uploads, by what came of them', labels: ['outcome'] },
  aegis_documents_processed_total: { help: 'Documents that reached an end, with the code of a failure', labels: ['outcome', 'code'] },
  aegis_pages_processed_total: { help: 'Pages of documents that were completed', labels: [] },
  aegis_chunks_indexed_total: { help: 'Chunks that became searchable', labels: [] },
  aegis_queries_total: { help: 'Queries, by how they ended', labels: ['outcome'] },
  aegis_failed_authentications_total: { help: 'Requests without a valid credential', labels: ['area'] },
  aegis_key_lookups_total: {
    help: 'API keys looked up in the database, right or wrong; others were known, or could not be keys',
    labels: [],
  },
  aegis_rate_limited_total: { help: 'Requests answered 429', labels: ['reason'] },
  rag_embedding_cache_hits: { help: 'Texts of queries whose vector was known, or on its way for another query of the tenant', labels: [] },
  rag_embedding_cache_misses: { help: 'Texts of queries that had to be embedded', labels: [] },
  rag_result_cache_hits: { help: 'Searches served as they were found before, in the same state of the corpus', labels: [] },
  rag_result_cache_misses: { help: 'Searches that could have been served from before, and were not known or not current', labels: [] },
  rag_search_requests_total: {
    help: 'Searches, of questions too, by how was searched and whether anything was found',
    labels: ['strategy', 'outcome'],
  },
  aegis_rate_limit_fallbacks_total: { help: 'Requests counted by this process alone, because Redis was away', labels: [] },
};

export const HISTOGRAMS: {
  readonly [Name in keyof HistogramLabels]: Described<HistogramLabels[Name]> & { readonly buckets: readonly number[] };
} = {
  http_server_request_duration_seconds: {
    help: 'Time from the first byte of a request to the end of its answer, by route template',
    labels: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
  },
  rag_search_latency_seconds: {
    help: 'Time from the query to its ranked sources, embedding and waiting for a turn included',
    labels: ['strategy'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  },
  rag_rerank_top1_score: {
    help: 'Score of the first source; compares searches of one strategy over time, and nothing else',
    labels: ['strategy'],
    buckets: [-2, -1, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 40],
  },
};

export const GAUGES: { readonly [Name in keyof GaugeLabels]: Described<GaugeLabels[Name]> } = {
  aegis_open_streams: { help: 'Answers being streamed now', labels: [] },
  aegis_queries_running: { help: 'Queries and searches being answered now', labels: [] },
  aegis_queries_waiting: { help: 'Queries and searches that wait for their turn', labels: [] },
  aegis_rate_limits_shared: { help: '1 while all processes share rate limits in Redis, 0 while this one counts alone', labels: [] },
};
