import type { EntityManager } from 'typeorm';
import { toSql } from 'pgvector';
import type { ChunkIndex, PublishedVersion, StagedChunk, UnembeddedChunk } from '@aegis/application/ingestion/chunk-index';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import { TERMS_VERSION } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { makerOf, type ActiveModel } from '../persistence/active-model';
import { returnedRows } from '../persistence/returned-rows';
import { COUNT_RECENT, ERASE_FROM_SEGMENTS } from './compaction-sql';
import { addPostings, storedLength } from './posting-rows';
import {
  CLOSE_PREVIOUS,
  COUNT_DELTA,
  DATE_EPOCH,
  HIDE_REPLACED,
  NEXT_EPOCH,
  OPEN_VERSION,
  SHOW_CHUNKS,
  VERSIONS_OF_NAME,
} from './publish-sql';

export class PostgresChunkIndex implements ChunkIndex {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
    private readonly model: ActiveModel,
  ) {}

  async stage(documentId: DocumentId, chunks: readonly StagedChunk[]): Promise<void> {
    const inserted = await this.rows<{ id: string; ordinal: number }>(
      `INSERT INTO chunks (tenant_id, public_id, document_id, ordinal, content, section, page, kind, token_count, dl, terms_version)
       SELECT $1, c.public_id, $2, c.ordinal, c.content, ARRAY(SELECT jsonb_array_elements_text(c.section)), c.page, c.kind, c.token_count, c.dl,
              ${TERMS_VERSION}
         FROM jsonb_to_recordset($3::jsonb) AS c(public_id uuid, ordinal int, content text, section jsonb, page int, kind text, token_count int, dl int)
       ON CONFLICT (tenant_id, document_id, ordinal) DO NOTHING RETURNING id, ordinal`,
      [this.tenantId, documentId, JSON.stringify(chunks.map(chunkColumns))],
    );
    if (inserted.length === 0) return;
    await this.manager.query('INSERT INTO hidden_chunks (tenant_id, chunk_id, dead) SELECT $1, unnest($2::int8[]), false', [
      this.tenantId,
      inserted.map((row) => row.id),
    ]);
    const idOf = new Map(inserted.map((row) => [row.ordinal, row.id]));
    const added = chunks.flatMap((chunk) => {
      const chunkId = idOf.get(chunk.ordinal);
      return chunkId === undefined ? [] : [{ ...chunk, chunkId }]; // else staged by an earlier attempt
    });
    await addPostings(this.manager, this.tenantId, added);
  }

  async unembedded(documentId: DocumentId, limit: number): Promise<readonly UnembeddedChunk[]> {
    return this.rows<UnembeddedChunk>(
      `SELECT c.id AS "chunkId", c.content, c.section FROM chunks c
        WHERE c.tenant_id = $1 AND c.document_id = $2 AND NOT EXISTS (
          SELECT 1 FROM embeddings e WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_version = ${this.model.version})
        ORDER BY c.ordinal LIMIT $3`,
      [this.tenantId, documentId, limit],
    );
  }

  async tokensToEmbed(documentId: DocumentId): Promise<number> {
    const [row] = await this.rows<{ tokens: string }>(
      `SELECT coalesce(sum(c.token_count), 0) AS tokens FROM chunks c WHERE c.tenant_id = $1 AND c.document_id = $2 AND NOT EXISTS (
         SELECT 1 FROM embeddings e WHERE e.tenant_id = $1 AND e.chunk_id = c.id AND e.model_version = ${this.model.version})`,
      [this.tenantId, documentId],
    );
    return Number(row?.tokens ?? 0);
  }

  async addEmbeddings(documentId: DocumentId, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    const texts = [...vectors.values()].map((vector) => String(toSql(Array.from(vector))));
    const { version, dimensions } = makerOf([...vectors.values()][0], this.model);
    await this.manager.query(
      `INSERT INTO embeddings (tenant_id, chunk_id, model_version, dims, document_id, embedding)
       SELECT $1, v.chunk_id, ${version}, ${dimensions}, $2, v.embedding::halfvec
         FROM unnest($3::int8[], $4::text[]) AS v(chunk_id, embedding) ON CONFLICT DO NOTHING`,
      [this.tenantId, documentId, [...vectors.keys()], texts],
    );
  }

  async addTokenCodes(codes: ReadonlyMap<string, Uint8Array>, vectors?: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { version } = makerOf(vectors?.values().next().value, this.model);
    await this.manager.query(
      `INSERT INTO chunk_tokens (tenant_id, chunk_id, model_version, codes)
       SELECT $1, t.chunk_id, ${version}, t.codes FROM unnest($2::int8[], $3::bytea[]) AS t(chunk_id, codes) ON CONFLICT DO NOTHING`,
      [this.tenantId, [...codes.keys()], [...codes.values()].map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))],
    );
  }

  countStaged(documentId: DocumentId): Promise<{ chunks: number; embedded: number }> {
    return this.countWithVectors(documentId, this.model.version);
  }

  private async countWithVectors(documentId: DocumentId, modelVersion: number): Promise<{ chunks: number; embedded: number }> {
    const [row] = await this.rows<{ chunks: string; embedded: string }>(
      `SELECT count(*) AS chunks, count(e.chunk_id) AS embedded FROM chunks c
         LEFT JOIN embeddings e ON e.tenant_id = c.tenant_id AND e.chunk_id = c.id AND e.model_version = $3
        WHERE c.tenant_id = $1 AND c.document_id = $2`,
      [this.tenantId, documentId, modelVersion],
    );
    return { chunks: Number(row?.chunks ?? 0), embedded: Number(row?.embedded ?? 0) };
  }

  async publish(documentId: DocumentId): Promise<PublishedVersion> {
    const epoch = await this.nextEpoch(); // also the tenant's write lock: publishes and deletions queue here
    // Under the lock: the tenant may have moved to another model since this process embedded the chunks; the next attempt has that one's.
    const [tenant] = await this.rows<{ active_model: number }>('SELECT active_model FROM tenants WHERE id = $1', [this.tenantId]);
    const staged = await this.countWithVectors(documentId, tenant?.active_model ?? this.model.version);
    if (staged.chunks === 0 || staged.embedded !== staged.chunks) {
      throw new Error(`${staged.embedded} of ${staged.chunks} staged chunks have vectors`);
    }
    const [name] = await this.rows<{ version: number; newest_published: number | null; latest_id: string | null }>(VERSIONS_OF_NAME, [
      this.tenantId,
      documentId,
    ]);
    // A deleted newer version counts too: deleting the latest never brings an older text back.
    const isLatest = name !== undefined && name.version > (name.newest_published ?? 0);
    const latestId = name?.latest_id ?? null;
    if (isLatest && latestId !== null) await this.manager.query(CLOSE_PREVIOUS, [this.tenantId, latestId, epoch]);
    const [opened] = await this.rows<{ page_count: number | null }>(OPEN_VERSION, [
      this.tenantId,
      documentId,
      epoch,
      isLatest,
      staged.chunks,
    ]);
    if (opened === undefined) throw new ConcurrentChange('document');
    if (isLatest) {
      await this.manager.query(SHOW_CHUNKS, [this.tenantId, documentId]);
      if (latestId !== null) await this.manager.query(HIDE_REPLACED, [this.tenantId, latestId]);
      await this.manager.query(COUNT_DELTA, [this.tenantId, documentId, latestId]);
    } else {
      await this.manager.query(HIDE_REPLACED, [this.tenantId, documentId]);
    }
    await this.manager.query(COUNT_RECENT, [this.tenantId, staged.chunks]);
    await this.manager.query(DATE_EPOCH, [this.tenantId, epoch]);
    return { epoch, isLatest, chunkCount: staged.chunks, pageCount: opened.page_count };
  }

  async lock(): Promise<void> {
    await this.manager.query('SELECT 1 FROM tenant_stats WHERE tenant_id = $1 FOR UPDATE', [this.tenantId]);
  }

  async withdraw(documentId: DocumentId): Promise<void> {
    const epoch = await this.nextEpoch();
    const withdrawn = await this.rows<{ was_latest: boolean }>(
      `UPDATE documents d SET is_latest = false, withdrawn_epoch = $3, epoch_to = CASE WHEN d.epoch_from < $3 THEN coalesce(d.epoch_to, $3) END
         FROM (SELECT is_latest FROM documents WHERE tenant_id = $1 AND id = $2) AS old
        WHERE d.tenant_id = $1 AND d.id = $2 RETURNING old.is_latest AS was_latest`,
      [this.tenantId, documentId, epoch],
    );
    await this.manager.query(HIDE_REPLACED, [this.tenantId, documentId]);
    if (withdrawn[0]?.was_latest === true) await this.manager.query(COUNT_DELTA, [this.tenantId, null, documentId]);
    await this.manager.query(DATE_EPOCH, [this.tenantId, epoch]);
  }

  async erase(documentId: DocumentId): Promise<number> {
    await this.lock(); // what is compacted at this moment could be written again
    const tombstone = await this.rows(
      `UPDATE documents SET erased_at = clock_timestamp(), title = NULL, doc_type = NULL, department = NULL, language = NULL, tags = '{}',
              metadata = '{}', content_hash = '', size_bytes = 0, error = NULL, warnings = '{}', progress = NULL, revision = revision + 1
        WHERE tenant_id = $1 AND id = $2 AND status = 'deleting' RETURNING id`,
      [this.tenantId, documentId],
    );
    if (tombstone.length === 0) throw new ConcurrentChange('document'); // not deleted: its chunks are in use
    const chunks = await this.rows<{ id: string }>('SELECT id FROM chunks WHERE tenant_id = $1 AND document_id = $2', [
      this.tenantId,
      documentId,
    ]);
    await this.manager.query(ERASE_FROM_SEGMENTS, [this.tenantId, chunks.map(({ id }) => id)]);
    return this.removeChunks(documentId);
  }

  /** Staged chunks are in no segment. */
  async unstage(documentId: DocumentId): Promise<void> {
    await this.removeChunks(documentId);
  }

  /** Postings and hidden marks have no foreign key: they go first, by the chunks they belong to. */
  private async removeChunks(documentId: DocumentId): Promise<number> {
    for (const table of ['postings', 'hidden_chunks']) {
      await this.manager.query(
        `DELETE FROM ${table} x USING chunks c WHERE x.tenant_id = $1 AND c.tenant_id = $1 AND c.document_id = $2 AND x.chunk_id = c.id`,
        [this.tenantId, documentId],
      );
    }
    const removed = await this.rows('DELETE FROM chunks WHERE tenant_id = $1 AND document_id = $2 RETURNING id', [
      this.tenantId,
      documentId,
    ]);
    return removed.length;
  }

  private async nextEpoch(): Promise<number> {
    const [row] = await this.rows<{ corpus_epoch: string }>(NEXT_EPOCH, [this.tenantId]);
    if (row === undefined) throw new Error('the tenant has no counters');
    return Number(row.corpus_epoch);
  }

  private async rows<Row>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return returnedRows<Row>(await this.manager.query<unknown>(sql, parameters));
  }
}

const chunkColumns = (chunk: StagedChunk) => ({
  public_id: chunk.publicId,
  ordinal: chunk.ordinal,
  content: chunk.content,
  section: chunk.section,
  page: chunk.page,
  kind: chunk.kind,
  token_count: chunk.tokenCount,
  dl: storedLength(chunk.lengthTerms),
});
