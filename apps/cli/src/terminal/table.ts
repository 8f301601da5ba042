import { displayWidth, padToWidth } from './display-width';

const GAP = '  ';

/** Rows under each other in columns as wide as their widest cell; the last column is not filled. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>((widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, displayWidth(cell))), []);
  return rows.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : padToWidth(cell, widths[at] ?? 0))).join(GAP));
}
