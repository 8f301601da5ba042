import type { Page, PageRequest } from '@aegis/application/shared/page';

/** Columns and clauses of a list that is ordered by (time, id), newest first; the time keeps its microseconds as text. */
export const POSITION_COLUMNS = (time: string, id: string) =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS page_at, ${id} AS page_id`;

export const afterClause = (time: string, id: string, at: number) =>
  `($${at}::timestamptz IS NULL OR (${time}, ${id}) < ($${at}, $${at + 1}::uuid))`;

export const afterParameters = ({ after }: PageRequest): readonly (string | null)[] => [after?.at ?? null, after?.id ?? null];

export interface PositionedRow {
  readonly page_at: string;
  readonly page_id: string;
}

/** `rows` were asked for with one more than the limit: the extra one only says that there is a next page. */
export function pageOf<Row extends PositionedRow, Item>(
  rows: readonly Row[],
  { limit }: PageRequest,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    next: rows.length > limit && last !== undefined ? { at: last.page_at, id: last.page_id } : null,
  };
}
