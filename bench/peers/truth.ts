import type { FiledSet, FiledTenant } from './reference-files';

/** Two chunks nearer to each other in similarity than this are equally near: sums of floats differ by that much from store to store. */
const EQUALLY_NEAR = 1e-5;

/** The exact answer, from every vector of a tenant. */
export class Truth {
  private readonly furthest = new Map<string, number>();

  constructor(
    private readonly set: FiledSet,
    private readonly k: number,
  ) {}

  /** Share of the k nearest (or of all that the tenant has) that are among these chunks. */
  recall(tenant: FiledTenant, query: number, chunks: readonly number[]): number {
    const furthest = this.furthestOf(tenant, query) - EQUALLY_NEAR;
    const hits = new Set(chunks.filter((chunk) => this.similarity(query, chunk) >= furthest)).size;
    return Math.min(1, hits / Math.min(this.k, tenant.chunks));
  }

  /** Similarity of the k-th nearest. */
  private furthestOf(tenant: FiledTenant, query: number): number {
    const key = `${tenant.name} ${query}`;
    const known = this.furthest.get(key);
    if (known !== undefined) return known;
    const all = Float64Array.from({ length: tenant.chunks }, (_, at) => this.similarity(query, tenant.from + at)).sort();
    const found = all[Math.max(0, all.length - this.k)] ?? 1;
    this.furthest.set(key, found);
    return found;
  }

  private similarity(query: number, chunk: number): number {
    const { dimensions, vectors, queries } = this.set;
    const vector = queries[query] ?? new Float32Array();
    const from = chunk * dimensions;
    let sum = 0;
    for (let at = 0; at < dimensions; at += 1) sum += (vector[at] ?? 0) * (vectors[from + at] ?? 0);
    return sum;
  }
}
