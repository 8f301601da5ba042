import type { Finding } from '../../check';

/** `2026-01-01 10:00:00.123 UTC [42] LOG:  statement: SELECT …`; what follows without such a beginning belongs to it. */
const BEGINNING = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^\[]*\[\d+\] (?:\S+ )?([A-Z0-9]+):  (.*)$/;
/** What PostgreSQL says of a text that was taken for SQL, or for another type. */
const MISREAD =
  /^(syntax error|unterminated|invalid input syntax|invalid byte sequence|malformed|column .* does not exist|relation .* does not exist|operator does not exist|trailing junk)/;

export interface StatementLog {
  readonly statements: number;
  readonly findings: readonly Finding[];
}

/** Statements whose text, parameters apart, holds the marker; and errors of statements that were not what we wrote. */
export function examine(log: string, marker: string): StatementLog {
  const findings: Finding[] = [];
  let statements = 0;
  for (const { level, text } of entriesOf(log)) {
    if (level === 'LOG' && /^(statement|execute|parse|bind|duration)/.test(text)) statements += 1;
    const isParameters = level === 'DETAIL' && /^parameters/i.test(text);
    if (!isParameters && text.includes(marker))
      findings.push({ what: 'text of a client stands in a statement', detail: text.slice(0, 300) });
    if (level === 'ERROR' && MISREAD.test(text)) findings.push({ what: 'a statement was misread', detail: text.slice(0, 300) });
  }
  return { statements, findings };
}

function* entriesOf(log: string): Generator<{ readonly level: string; readonly text: string }> {
  let entry: { level: string; text: string } | null = null;
  for (const line of log.split('\n')) {
    const begun = BEGINNING.exec(line);
    if (begun !== null) {
      if (entry !== null) yield entry;
      entry = { level: begun[1] ?? '', text: begun[2] ?? '' };
    } else if (entry !== null) entry.text += `\n${line}`;
  }
  if (entry !== null) yield entry;
}
