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
}

/** Histograms, all in seconds. */
export interface HistogramLabels {
  readonly http_server_request_duration_seconds: { readonly method: string; readonly route: string; readonly status: string };
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
  abstract observe<Name extends keyof HistogramLabels>(name: Name, labels: HistogramLabels[Name], seconds: number): void;
  abstract gauge<Name extends keyof GaugeLabels>(name: Name, labels: GaugeLabels[Name], value: number): void;
  /** Everything so far as a Prometheus server reads it. */
  abstract exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}
