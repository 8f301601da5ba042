import { BM25_B as B, BM25_K1 as K1 } from '@aegis/domain/shared/bm25-terms';
import { prepared } from '../persistence/prepared-statements';
import type { VectorType } from '../persistence/vector-index';

/**
 * Both legs of a search in one statement, the scores of both for every candidate, by the chunk's id in the database (`PASSAGES_SQL` has
 * their texts). Parameters:
 * $1 tenant · $2 query vector as text, null without one · $3 hashed terms, or the text leg itself as ids of chunks · $4 candidates of each leg · $5 valid time · $6 corpus epoch
 * $7 to $14 the filter: doc_types, departments, languages, tags, filenames, document ids, created after, created before · $15 how much of
 * its idf each term counts with.
 *
 * Why it looks like this (docs/decisions/0005): postings are read through LATERAL … OFFSET 0, or a planner without statistics of a young
 * tenant filters all its postings; `found` is materialized because the COALESCE of a full join is not leakproof, and would not reach an index below the policy; every constant is float8, or numeric arithmetic costs five times as much; `+ 0` keeps the exact scan, and
 * model and dimensions are printed in, or the partial index of the model does not match (docs/decisions/0018).
 */
export interface SearchShape {
  /** The present state (fast: what is not hidden) or a state given by $5 and $6. */
  readonly asOf: boolean;
  readonly filtered: boolean;
  /** Every vector is compared. Else the nearest come from the model's index, which only the unfiltered present has: `asOf` and `filtered` are exact. */
  readonly exact: boolean;
  /** No candidates but the nearest: those that only the text leg has would have to be compared first. */
  readonly nearestOnly?: boolean;
  /** Every row says the state of the tenant, too, and there is one where nothing was found. */
  readonly stated?: boolean;
  /** The text leg was found already (`LexicalLeg`), only in the unfiltered present: its candidates come in $3, and $15 does not exist. */
  readonly wordsGiven?: boolean;
  readonly modelVersion: number;
  readonly dimensions: number;
  readonly vectorType: VectorType;
}

const PRESENT = 'd.is_latest';

/** Of each file name the highest version that held at $5 among those published by epoch $6. A deleted version still shadows older ones. */
const AT_A_MOMENT = `d.status = 'completed' AND d.epoch_from <= $6::int8 AND d.valid_from <= $5::timestamptz AND NOT EXISTS (
    SELECT 1 FROM documents n WHERE n.tenant_id = d.tenant_id AND n.filename = d.filename AND n.version > d.version
       AND n.epoch_from <= $6::int8 AND n.valid_from <= $5::timestamptz)`;

const FILTER = `
  AND (cardinality($7::text[]) = 0 OR d.doc_type = ANY ($7)) AND (cardinality($8::text[]) = 0 OR d.department = ANY ($8))
  AND (cardinality($9::text[]) = 0 OR d.language = ANY ($9)) AND (cardinality($10::text[]) = 0 OR d.tags && $10)
  AND (cardinality($11::text[]) = 0 OR d.filename = ANY ($11)) AND (cardinality($12::uuid[]) = 0 OR d.id = ANY ($12))
  AND ($13::timestamptz IS NULL OR d.created_at >= $13) AND ($14::timestamptz IS NULL OR d.created_at < $14)`;

/** What can be found, and BM25's counts of it: kept by the index for the present, counted for every other state. */
const present = {
  visible: '',
  size: 'SELECT n::float8 AS n, sumdl::float8 / greatest(n, 1)::float8 AS avgdl FROM tenant_stats WHERE tenant_id = $1',
  posting: 'WHERE NOT EXISTS (SELECT 1 FROM hidden_chunks h WHERE h.tenant_id = $1 AND h.chunk_id = x.chunk_id)',
  vector: 'AND EXISTS (SELECT 1 FROM documents d WHERE d.tenant_id = $1 AND d.id = e.document_id AND d.is_latest)',
};

/** The present of the tenant. */
const STATE = 'SELECT corpus_epoch::float8 AS epoch, n::float8 AS chunks FROM tenant_stats WHERE tenant_id = $1';

const chosen = (documents: string) => ({
  visible: `vis AS MATERIALIZED (SELECT c.id, c.dl FROM documents d JOIN chunks c ON c.tenant_id = d.tenant_id AND c.document_id = d.id
     WHERE d.tenant_id = $1 AND ${documents}),`,
  size: 'SELECT count(*)::float8 AS n, sum(dl)::float8 / greatest(count(*), 1)::float8 AS avgdl FROM vis',
  posting: 'JOIN vis ON vis.id = x.chunk_id',
  vector: 'AND e.chunk_id IN (SELECT id FROM vis)',
});

/** Every vector of the tenant that can be found: `+ 0`, and no index serves the order. */
const everyVector = (distance: string, which: string): string => `
 nearest AS (SELECT e.chunk_id, ${distance} + 0 AS distance FROM embeddings e WHERE ${which} ORDER BY distance, e.chunk_id LIMIT $4),`;

/** From the index, in its order, which is nearly that of the distances: sorted again. The search's settings are in postgres-chunk-reader. */
const indexedVectors = (distance: string, which: string): string => `
 nearest AS MATERIALIZED (SELECT e.chunk_id, ${distance} AS distance FROM embeddings e WHERE ${which} ORDER BY ${distance} LIMIT $4),`;

/**
 * All that is known of the asked term: recent postings, its own segments, and what stands of it in the one segment that it may share with
 * others. The past reads what was replaced too; `live` only says where an entry stands, so that the present has less to read.
 */
function entriesOfTerm(asOf: boolean): string {
  const segments = (live: string): string => `
     UNION ALL SELECT asked.term, e.chunk_id, e.tf, e.dl FROM posting_segments g CROSS JOIN LATERAL unnest(g.chunk_ids, g.tfs, g.dls) AS e(chunk_id, tf, dl)
      WHERE g.tenant_id = $1 AND ${live} AND NOT g.shared AND g.term = asked.term
     UNION ALL SELECT asked.term, s.chunk_ids[e.at], s.tfs[e.at], s.dls[e.at]
       FROM (SELECT g.terms, g.chunk_ids, g.tfs, g.dls FROM posting_segments g
              WHERE g.tenant_id = $1 AND ${live} AND g.shared AND g.term <= asked.term ORDER BY g.term DESC LIMIT 1) s
       CROSS JOIN LATERAL unnest(array_positions(s.terms, asked.term)) AS e(at)`;
  return `SELECT p.term, p.chunk_id, p.tf, p.dl FROM postings p WHERE p.tenant_id = $1 AND p.term = asked.term${segments('g.live')}${
    asOf ? segments('NOT g.live') : ''
  }`;
}

/**
 * Thousands of such numbers below 64 add up without any rounding, so that a sum does not depend on the order in which a plan adds: 34 binary
 * digits after the point, 2^18 at most before it.
 */
const exactlySummable = (number: string): string => `round((${number}) * ${2 ** 34}::float8) / ${2 ** 34}::float8`;

/** How much it says that a chunk has a term which `df` of all have. */
const logOdds = (df: string): string => `ln(1::float8 + (size.n - ${df}::float8 + 0.5::float8) / (${df}::float8 + 0.5::float8))`;

/** Of the terms $2 of tenant $1 all that BM25 needs of the present; an entry is big-endian: chunk (8 bytes), tf and dl (4 bytes each). */
export const TERMS_SQL = prepared(`
WITH size AS MATERIALIZED (${present.size}),
 asked AS (SELECT DISTINCT unnest($2::int8[]) AS term),
 hits AS MATERIALIZED (SELECT x.* FROM asked CROSS JOIN LATERAL (
     ${entriesOfTerm(false)} OFFSET 0) x ${present.posting}),
 known AS (SELECT term, count(*) AS df, string_agg(int8send(chunk_id) || int4send(tf::int4) || int4send(dl::int4), ''::bytea) AS entries
     FROM hits GROUP BY term)
SELECT asked.term::text AS term, ${logOdds('coalesce(known.df, 0)')} AS "logOdds", size.avgdl AS "averageLength", known.entries
  FROM asked CROSS JOIN size LEFT JOIN known ON known.term = asked.term`);

export function searchSql(shape: SearchShape): string {
  const { asOf, filtered, exact, nearestOnly = false, stated = false, wordsGiven = false, modelVersion, dimensions, vectorType } = shape;
  const cast = `${vectorType}(${dimensions})`;
  const distance = `(e.embedding::${cast} <=> (SELECT $2::text::${cast}))`; // read once, whatever the plan
  const scope = asOf || filtered ? chosen(`${asOf ? AT_A_MOMENT : PRESENT} ${filtered ? FILTER : ''}`) : present;
  const which = `e.tenant_id = $1 AND e.model_version = ${modelVersion} AND $2::text IS NOT NULL ${scope.vector}`;
  const nearest = exact || asOf || filtered ? everyVector(distance, which) : indexedVectors(distance, which);
  const words = wordsGiven ? GIVEN_WORDS : foundWords(scope, asOf);
  const rows = stated ? `SELECT state.*, r.* FROM (${STATE}) state LEFT JOIN (${words.rows}) r ON true` : words.rows;
  return `
WITH typed AS (SELECT $5::timestamptz, $6::int8, $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::timestamptz, $14::timestamptz),
 ${words.leg},${nearest}
 vector_leg AS (SELECT chunk_id, distance, row_number() OVER (ORDER BY distance, chunk_id) AS rank FROM nearest),
 found AS MATERIALIZED (SELECT chunk_id, v.distance, v.rank AS vector_rank, l.rank AS bm25_rank FROM vector_leg v ${nearestOnly ? 'LEFT' : 'FULL'} JOIN lexical_leg l USING (chunk_id)),
 scored AS (SELECT found.chunk_id::float8 AS "innerId", 1::float8 - coalesce(found.distance, e.distance) AS similarity,${words.scores}
       found.vector_rank::int AS "vectorRank", found.bm25_rank::int AS "bm25Rank"
  FROM found ${words.join}
  LEFT JOIN LATERAL (SELECT ${distance} AS distance FROM embeddings e
     WHERE e.tenant_id = $1 AND e.chunk_id = found.chunk_id AND e.model_version = ${modelVersion} AND found.distance IS NULL AND $2::text IS NOT NULL
    OFFSET 0) e ON true)
${rows}`;
}

/**
 * What chunks $2 of tenant $1 say, and of which document they are. LATERAL … OFFSET 0, or a planner without statistics joins all chunks of
 * a large tenant with a handful.
 */
export const PASSAGES_SQL = prepared(`
SELECT c.id::float8 AS "innerId", c.public_id AS "chunkId", d.id AS "documentId", d.filename, d.version, d.title, c.ordinal, c.page, c.section, c.kind, c.content
  FROM unnest($2::int8[]) AS wanted(id)
  CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = $1 AND id = wanted.id OFFSET 0) c
  CROSS JOIN LATERAL (SELECT * FROM documents WHERE tenant_id = $1 AND id = c.document_id OFFSET 0) d`);

interface Words {
  readonly leg: string;
  readonly scores: string;
  readonly join: string;
  readonly rows: string;
}

const foundWords = ({ visible, size, posting }: typeof present, asOf: boolean): Words => ({
  leg: `${visible}
 size AS MATERIALIZED (${size}),
 asked AS (SELECT q.term, max(q.weight) AS weight FROM unnest($3::int8[], $15::float8[]) AS q(term, weight) GROUP BY q.term),
 hits AS MATERIALIZED (SELECT x.* FROM asked CROSS JOIN LATERAL (
     ${entriesOfTerm(asOf)} OFFSET 0) x ${posting}),
 weights AS MATERIALIZED (SELECT asked.term, ${exactlySummable(`asked.weight * ${logOdds('coalesce(k.df, 0)')}`)} AS idf
     FROM asked CROSS JOIN size LEFT JOIN (SELECT term, count(*) AS df FROM hits GROUP BY term) k ON k.term = asked.term),
 lexical AS MATERIALIZED (SELECT h.chunk_id, sum(w.idf) AS covered,
     sum(${exactlySummable(`w.idf * (${K1 + 1}::float8 * h.tf::float8 / (h.tf::float8 + ${K1 * (1 - B)}::float8 + ${K1 * B}::float8 * h.dl::float8 / size.avgdl))`)}) AS score
     FROM hits h JOIN weights w ON w.term = h.term CROSS JOIN size GROUP BY h.chunk_id),
 lexical_leg AS (SELECT chunk_id, row_number() OVER (ORDER BY round(score * 1e6::float8) DESC, chunk_id) AS rank FROM lexical ORDER BY rank LIMIT $4)`,
  scores: `
       coalesce(lexical.score, 0) AS bm25, coalesce(lexical.covered, 0) AS "coveredIdf",`,
  join: 'LEFT JOIN lexical ON lexical.chunk_id = found.chunk_id',
  rows: `SELECT size.n AS "chunksSearched", (SELECT coalesce(sum(idf), 0) FROM weights) AS "totalIdf",
       CASE WHEN row_number() OVER () = 1 THEN (SELECT json_object_agg(term, idf) FROM weights) END AS idf, scored.*
  FROM size LEFT JOIN scored ON true`,
});

/** Whoever gave the candidates knows their scores too. */
const GIVEN_WORDS: Words = {
  leg: 'lexical_leg AS (SELECT chunk_id, rank FROM unnest($3::int8[]) WITH ORDINALITY AS given(chunk_id, rank))',
  scores: '',
  join: '',
  rows: 'SELECT * FROM scored',
};
