/** nDCG over the first ten, binary relevance: 1 is the best possible order. */
export function ndcgAt10(ranked: readonly string[], relevant: ReadonlySet<string>): number {
  const gain = (rank: number): number => 1 / Math.log2(rank + 2);
  const found = ranked.slice(0, 10).reduce((sum, id, rank) => sum + (relevant.has(id) ? gain(rank) : 0), 0);
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, (_, rank) => gain(rank)).reduce((sum, value) => sum + value, 0);
  return ideal === 0 ? 0 : found / ideal;
}

/** Probability that a positive scores above a negative; ties count half. */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  if (positives.length === 0 || negatives.length === 0) return NaN;
  const all = [...positives.map((score) => ({ score, positive: true })), ...negatives.map((score) => ({ score, positive: false }))].sort(
    (a, b) => a.score - b.score,
  );
  let wins = 0;
  for (let from = 0, below = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]?.score === all[from]?.score) to += 1;
    const group = all.slice(from, to);
    const positive = group.filter((item) => item.positive).length;
    wins += positive * (below + (group.length - positive) / 2);
    below += group.length - positive;
    from = to;
  }
  return wins / (positives.length * negatives.length);
}

/** Mean distance between what was promised and what was true, over ten equally full bins. */
export function expectedCalibrationError(predictions: readonly { probability: number; truth: boolean; weight: number }[]): number {
  const sorted = [...predictions].sort((a, b) => a.probability - b.probability);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let error = 0;
  for (let bin = 0; bin < 10; bin += 1) {
    const members = sorted.slice(Math.floor((bin * sorted.length) / 10), Math.floor(((bin + 1) * sorted.length) / 10));
    error += Math.abs(members.reduce((sum, { probability, truth, weight }) => sum + weight * (probability - (truth ? 1 : 0)), 0)) / total;
  }
  return error;
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
