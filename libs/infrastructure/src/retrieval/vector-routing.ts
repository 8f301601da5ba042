/** Where the nearest vectors come from; `exactMaxChunks` is Infinity where no index exists. */
export interface VectorRouting {
  /** halfvec natively; wasm has no hardware half floats, so the embedded engine computes in vector. */
  readonly vectorType: 'halfvec' | 'vector';
  /** Tenants with at most so many chunks in sight compare every vector; larger ones go through the index. */
  readonly exactMaxChunks: number;
}

/**
 * For the rest of the transaction. Tenants share an index: without the iterative scan it brings the nearest of all of them, and most of a
 * tenant's own rows would never be seen. Without `enable_sort` the planner cannot take the exact scan, which it likes at ten thousand rows.
 */
export const INDEX_SETTINGS = `set_config('hnsw.iterative_scan', 'relaxed_order', true) || set_config('hnsw.ef_search', '100', true)
  || set_config('enable_sort', 'off', true)`;

/** The planner is free again: what is exact must not be planned as if it were not. */
export const EXACT_SETTINGS = `SELECT set_config('enable_sort', 'on', true)`;
