const K1 = 1.2;
const B = 0.75;

/** BM25 as the textbook has it, of a few chunks in memory: what the SQL must come to. Chunks without any term of the query have no score. */
export function referenceBm25(queryTerms: readonly string[], chunks: ReadonlyMap<string, readonly string[]>) {
  const lengths = [...chunks.values()].map((terms) => terms.length);
  const average = lengths.reduce((sum, length) => sum + length, 0) / Math.max(lengths.length, 1);
  const idf = new Map<string, number>();
  for (const term of queryTerms) {
    const containing = [...chunks.values()].filter((terms) => terms.includes(term)).length;
    idf.set(term, Math.log(1 + (chunks.size - containing + 0.5) / (containing + 0.5)));
  }
  const scores = new Map<string, { readonly score: number; readonly coveredIdf: number }>();
  for (const [id, terms] of chunks) {
    let score = 0;
    let coveredIdf = 0;
    for (const [term, weight] of idf) {
      const frequency = terms.filter((each) => each === term).length;
      if (frequency === 0) continue;
      score += (weight * frequency * (K1 + 1)) / (frequency + K1 * (1 - B + (B * terms.length) / average));
      coveredIdf += weight;
    }
    if (coveredIdf > 0) scores.set(id, { score, coveredIdf });
  }
  return { scores, totalIdf: [...idf.values()].reduce((sum, weight) => sum + weight, 0) };
}
