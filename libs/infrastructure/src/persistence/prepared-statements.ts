/** By text: a Map, not a hash of the text, so that two statements never share a name. */
const names = new Map<string, string>();

/**
 * Marks a statement that is asked again and again: a server parses it once for each connection (`PreparingClient`). Only for texts of which
 * there are few, as connections keep them until they are closed: what a caller says belongs into parameters.
 */
export function prepared(sql: string): string {
  if (!names.has(sql)) names.set(sql, `aegis_${names.size + 1}`);
  return sql;
}

/** The name under which connections keep a statement; undefined for one that they forget. */
export const nameOfPrepared = (sql: string): string | undefined => names.get(sql);
