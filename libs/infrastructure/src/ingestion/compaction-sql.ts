/**
 * Postings moved into segments, statement by statement; $1 is the tenant. postgres-posting-compaction runs them in one transaction for each
 * slice of the terms, under the tenant's write lock, so that nothing is published, hidden or erased meanwhile.
 */

/** Entries of one segment, at the most. */
const SEGMENT = 1_000;
/** A segment with so many entries is left as it is when its term gets new ones. */
const FULL = 500;
/** A term with at most so many entries shares its segment with others: a row for each of them would be mostly overhead. */
const RARE = 24;
/** Shared segments begin with a new term after so many entries: with those of its last term they stay below the size of a stored-aside row. */
const SHARED = 64;

/** The counters of a pass, and how many replaced chunks still stand among the live ones. */
export const BEGIN_PASS = `
  SELECT s.recent_chunks AS recent, s.n, (SELECT count(*) FROM hidden_chunks h WHERE h.tenant_id = $1 AND h.dead AND h.pass IS DISTINCT FROM 1) AS dead
    FROM tenant_stats s WHERE s.tenant_id = $1 FOR UPDATE OF s`;

/** All that are replaced by now go behind with this pass. */
export const MARK_DEAD = 'UPDATE hidden_chunks SET pass = 0 WHERE tenant_id = $1 AND dead AND pass IS NULL';

export const DEAD_ARE_BEHIND = 'UPDATE hidden_chunks SET pass = 1 WHERE tenant_id = $1 AND dead AND pass = 0';

/** $2 the recent chunks that the pass began with. */
export const END_PASS = 'UPDATE tenant_stats SET recent_chunks = greatest(recent_chunks - $2::int8, 0) WHERE tenant_id = $1';

/** $2 the published chunks that postings hold from now on. */
export const COUNT_RECENT = 'UPDATE tenant_stats SET recent_chunks = recent_chunks + $2::int8 WHERE tenant_id = $1';

/**
 * $2 the term to begin with, $3 postings and $4 shared segments of a slice, $5 whether all segments are written anew. `upto` null: to the
 * end. `begins`, `replaced_begins`: the shared segments in which the first terms of the slice stand.
 */
export const BOUNDS = `
  SELECT least(
      (SELECT p.term FROM postings p WHERE p.tenant_id = $1 AND p.term >= $2::int8 ORDER BY p.term OFFSET $3::int8 LIMIT 1),
      (SELECT g.term FROM posting_segments g WHERE g.tenant_id = $1 AND g.live AND g.shared AND g.term > $2::int8 ORDER BY g.term OFFSET $4::int8 LIMIT 1),
      (SELECT g.term FROM posting_segments g WHERE $5::boolean AND g.tenant_id = $1 AND g.live AND NOT g.shared AND g.term > $2::int8 ORDER BY g.term OFFSET $4::int8 / 10 LIMIT 1)
    ) AS upto,
    (SELECT max(g.term) FROM posting_segments g WHERE g.tenant_id = $1 AND g.live AND g.shared AND g.term <= $2::int8) AS begins,
    (SELECT max(g.term) FROM posting_segments g WHERE g.tenant_id = $1 AND NOT g.live AND g.shared AND g.term <= $2::int8) AS replaced_begins,
    $5 OR EXISTS (SELECT 1 FROM postings p WHERE p.tenant_id = $1 AND p.term >= $2::int8) AS more`;

const ENTRIES = 'term, chunk_id, tf, dl';

/**
 * $2 and $3 the terms of the slice, $4 whether all segments are written anew, $5 and $6 where the shared segments of the slice begin. Staged
 * chunks stay where they are: their document may still be taken back. Terms of the outermost shared segments that lie outside of the slice
 * stay live or not as they were: the segments of the other side that reach there are not at hand. Answers how many postings were moved.
 */
export const COMPACT = `
WITH moved AS (DELETE FROM postings p WHERE p.tenant_id = $1 AND p.term BETWEEN $2::int8 AND $3::int8
    AND NOT EXISTS (SELECT 1 FROM hidden_chunks h WHERE h.tenant_id = $1 AND h.chunk_id = p.chunk_id AND NOT h.dead) RETURNING ${ENTRIES}),
 own AS (DELETE FROM posting_segments g WHERE g.tenant_id = $1 AND NOT g.shared AND g.term BETWEEN $2::int8 AND $3::int8
    AND (($4::boolean AND g.live) OR (g.n < ${FULL} AND g.term IN (SELECT term FROM moved))) RETURNING live, term, terms, chunk_ids, tfs, dls),
 common AS (DELETE FROM posting_segments g WHERE g.tenant_id = $1 AND g.shared
    AND ((g.live AND g.term BETWEEN $5::int8 AND $3::int8) OR (NOT g.live AND g.term BETWEEN $6::int8 AND $3::int8))
    RETURNING live, term, terms, chunk_ids, tfs, dls),
 entries AS (SELECT ${ENTRIES}, true AS live FROM moved
   UNION ALL SELECT coalesce(e.term, s.term), e.chunk_id, e.tf, e.dl, s.live FROM (SELECT * FROM own UNION ALL SELECT * FROM common) s
     CROSS JOIN LATERAL unnest(s.terms, s.chunk_ids, s.tfs, s.dls) AS e(term, chunk_id, tf, dl)),
 placed AS (SELECT e.term, e.chunk_id, e.tf, e.dl, e.live AND (h.chunk_id IS NULL OR e.term NOT BETWEEN $2::int8 AND $3::int8) AS live
     FROM entries e LEFT JOIN hidden_chunks h ON h.tenant_id = $1 AND h.chunk_id = e.chunk_id AND h.dead),
 counted AS (SELECT *, count(*) OVER of_term AS of_term, row_number() OVER (of_term ORDER BY chunk_id) - 1 AS at
     FROM placed WINDOW of_term AS (PARTITION BY live, term)),
 own_again AS (SELECT *, at * ((of_term + ${SEGMENT - 1}) / ${SEGMENT}) / of_term AS part FROM counted WHERE of_term > ${RARE} ORDER BY live, term, chunk_id),
 common_again AS (SELECT *, (row_number() OVER (PARTITION BY live ORDER BY term, chunk_id) - 1 - at) / ${SHARED} AS part
     FROM counted WHERE of_term <= ${RARE} ORDER BY live, term, chunk_id),
 written AS (INSERT INTO posting_segments (tenant_id, live, shared, term, first_chunk, last_chunk, n, terms, chunk_ids, tfs, dls)
   SELECT $1::uuid, live, false, term, min(chunk_id), max(chunk_id), count(*), NULL::int8[], array_agg(chunk_id), array_agg(tf), array_agg(dl)
     FROM own_again GROUP BY live, term, part
   UNION ALL SELECT $1::uuid, live, true, min(term), min(chunk_id), max(chunk_id), count(*), array_agg(term), array_agg(chunk_id), array_agg(tf), array_agg(dl)
     FROM common_again GROUP BY live, part RETURNING 1)
SELECT (SELECT count(*) FROM moved) AS moved, (SELECT count(*) FROM written) AS written`;

/**
 * Takes out the entries of the chunks $2. A segment keeps its key: the terms of a shared one still stand at or behind it. Chunks of one
 * document have ids near each other, so that few segments of frequent terms are opened. An array, and no join: it is hashed once.
 */
export const ERASE_FROM_SEGMENTS = `
WITH taken AS (DELETE FROM posting_segments g
    WHERE g.tenant_id = $1 AND g.first_chunk <= (SELECT max(id) FROM unnest($2::int8[]) AS c(id))
      AND g.last_chunk >= (SELECT min(id) FROM unnest($2::int8[]) AS c(id))
      AND EXISTS (SELECT 1 FROM unnest(g.chunk_ids) AS e(chunk_id) WHERE e.chunk_id = ANY ($2::int8[])) RETURNING g.*)
INSERT INTO posting_segments (tenant_id, live, shared, term, first_chunk, last_chunk, n, terms, chunk_ids, tfs, dls)
SELECT s.tenant_id, s.live, s.shared, s.term, s.first_chunk, s.last_chunk, k.n, CASE WHEN s.shared THEN k.terms END, k.chunk_ids, k.tfs, k.dls
  FROM taken s CROSS JOIN LATERAL (
    SELECT count(*) AS n, array_agg(e.term) AS terms, array_agg(e.chunk_id) AS chunk_ids, array_agg(e.tf) AS tfs, array_agg(e.dl) AS dls
      FROM unnest(s.terms, s.chunk_ids, s.tfs, s.dls) AS e(term, chunk_id, tf, dl) WHERE e.chunk_id <> ALL ($2::int8[])) k
 WHERE k.n > 0`;
