import type { VectorType } from '../persistence/vector-index';

/** Where the nearest vectors come from; `exactMaxChunks` is Infinity where no index exists. */
export interface VectorRouting {
  readonly vectorType: VectorType;
  /** Tenants with at most so many chunks in sight compare every vector; larger ones go through the index. */
  readonly exactMaxChunks: number;
}

/**
 * For the rest of the transaction. Tenants share an index: without the iterative scan it brings the nearest of all of them, and most of a
 * tenant's own rows would never be seen. Without `enable_sort` the planner cannot take the exact scan, which it likes at ten thousand rows.
 */
export const INDEX_SETTINGS = { 'hnsw.iterative_scan': 'relaxed_order', 'hnsw.ef_search': '100', enable_sort: 'off' };

/** The same as an expression of SQL. */
export const INDEX_SETTINGS_SQL = Object.entries(INDEX_SETTINGS)
  .map(([name, value]) => `set_config('${name}', '${value}', true)`)
  .join(' || ');

/** The planner is free again: what is exact must not be planned as if it were not. */
export const EXACT_SETTINGS = `SELECT set_config('enable_sort', 'on', true)`;
