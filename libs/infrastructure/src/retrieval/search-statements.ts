import { LRUCache } from 'lru-cache';
import { toSql } from 'pgvector';
import type { ChunkQuery } from '@aegis/application/retrieval/chunk-reader';
import { termHash } from '../ingestion/term-hash';
import type { Statement } from '../persistence/connections';
import { prepared } from '../persistence/prepared-statements';
import { INDEX_SETTINGS_SQL } from './vector-routing';

/** Which state of the corpus is searched. */
export interface CorpusState {
  readonly epoch: number;
  /** Null: the versions that were the latest in that state. */
  readonly validAt: Date | null;
}

/** A row of `STATE_SQL`. */
export interface StateRow {
  readonly present: string;
  readonly chunks: string;
  readonly asked: string | null;
  readonly settings: string | null;
}

/** The state of tenant $1 now, and at the moment $2; with more than $3 chunks the search of the transaction is set up to go by the index. */
const STATE_SQL = prepared(
  `SELECT s.corpus_epoch AS present, s.n AS chunks, (SELECT max(e.epoch) FROM corpus_epochs e WHERE e.tenant_id = $1 AND e.at <= $2::timestamptz) AS asked,
          CASE WHEN s.n > $3::int8 THEN ${INDEX_SETTINGS_SQL} END AS settings
     FROM tenant_stats s WHERE s.tenant_id = $1`,
);

/** Sets up the index search of a tenant with more than `exactMaxChunks` on the way. */
export const stateStatement = ({ tenantId, asOf }: ChunkQuery, exactMaxChunks: number): Statement => ({
  sql: STATE_SQL,
  parameters: [tenantId, asOf.knownAt, Number.isFinite(exactMaxChunks) ? exactMaxChunks : null],
});

/** Digits of vectors that are remembered with their questions, 8 KB each. */
const texts = new LRUCache<Float32Array, string>({ max: 1_000 });

/** A vector as pgvector reads it. */
function textOf(vector: Float32Array): string {
  const known = texts.get(vector);
  if (known !== undefined) return known;
  const text = String(toSql(Array.from(vector)));
  texts.set(vector, text);
  return text;
}

/** In the order of `searchSql`; `words`: the text leg, where it was found already. */
export function parametersOf(
  { tenantId, vector, terms, termWeights, filter, depth }: ChunkQuery,
  validAt: Date | null,
  epoch: number,
  words?: readonly number[],
): unknown[] {
  return [
    ...[tenantId, vector === null ? null : textOf(vector), words ?? terms.map(termHash), depth, validAt ?? 'infinity', epoch],
    ...[filter.docTypes, filter.departments, filter.languages, filter.tags, filter.filenames, filter.documentIds],
    ...[filter.createdAfter, filter.createdBefore],
    ...(words === undefined ? [terms.map((term) => termWeights?.get(term) ?? 1)] : []),
  ];
}
