/** The version switch, statement by statement; $1 is the tenant. postgres-chunk-index runs them in one transaction. */

/** The counter is the tenant's write lock as well. */
export const NEXT_EPOCH = 'UPDATE tenant_stats SET corpus_epoch = corpus_epoch + 1 WHERE tenant_id = $1 RETURNING corpus_epoch';

/** $2 the document: its number, the highest number of its name that was ever published, and the present latest. */
export const VERSIONS_OF_NAME = `
  SELECT mine.version, max(d.version) FILTER (WHERE d.epoch_from IS NOT NULL) AS newest_published,
         (array_agg(d.id) FILTER (WHERE d.is_latest))[1] AS latest_id
    FROM documents mine JOIN documents d ON d.tenant_id = mine.tenant_id AND d.filename = mine.filename
   WHERE mine.tenant_id = $1 AND mine.id = $2 GROUP BY mine.version`;

/** $2 the version that was the latest, $3 the epoch. */
export const CLOSE_PREVIOUS = `
  UPDATE documents SET is_latest = false, replaced_at = now(), epoch_to = $3, revision = revision + 1 WHERE tenant_id = $1 AND id = $2 AND is_latest`;

/** $2 the document, $3 the epoch, $4 whether it becomes the latest, $5 its chunks. No row: it was deleted meanwhile. */
export const OPEN_VERSION = `
  UPDATE documents SET is_latest = $4, status = 'completed', epoch_from = $3, replaced_at = CASE WHEN $4 THEN NULL ELSE now() END,
         chunk_count = $5, processed_at = now(), progress = NULL, error = NULL, revision = revision + 1
   WHERE tenant_id = $1 AND id = $2 AND status = 'processing' RETURNING page_count`;

/** $2 the document: its staged chunks come into sight. */
export const SHOW_CHUNKS = `
  DELETE FROM hidden_chunks h USING chunks c WHERE h.tenant_id = $1 AND c.tenant_id = $1 AND c.document_id = $2 AND h.chunk_id = c.id`;

/** $2 the document whose chunks go out of the present; as-of searches still find them. */
export const HIDE_REPLACED = `
  INSERT INTO hidden_chunks (tenant_id, chunk_id, dead) SELECT tenant_id, id, true FROM chunks WHERE tenant_id = $1 AND document_id = $2
  ON CONFLICT (tenant_id, chunk_id) DO UPDATE SET dead = true`;

/** $2 the document that came into sight or null, $3 the one that went or null: BM25's count and total length of what is in sight. */
export const COUNT_DELTA = `
  UPDATE tenant_stats s SET n = s.n + z.n, sumdl = s.sumdl + z.l
    FROM (SELECT coalesce(sum(CASE WHEN document_id = $2::uuid THEN 1 ELSE -1 END), 0) AS n,
                 coalesce(sum(CASE WHEN document_id = $2::uuid THEN dl ELSE -dl END), 0) AS l
            FROM chunks WHERE tenant_id = $1 AND document_id IN ($2::uuid, $3::uuid)) z
   WHERE s.tenant_id = $1`;

/** $2 the epoch. Last of all: whoever asks later what was known at a moment must not find a state that nobody could see at that moment. */
export const DATE_EPOCH = 'INSERT INTO corpus_epochs (tenant_id, epoch, at) VALUES ($1, $2, clock_timestamp())';
