import type { EntityManager } from 'typeorm';
import { DocumentReader, type ChunkView, type DocumentListFilter, type DocumentView } from '@aegis/application/documents/document-reader';
import type { Page, PageRequest } from '@aegis/application/shared/page';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';
import type { TenantDatabase } from '../persistence/tenant-database';

const COLUMNS = `d.id, d.filename, d.status, d.version, encode(d.content_hash, 'hex') AS "contentHash", d.size_bytes::float8 AS "sizeBytes",
  d.media_type AS "mediaType", d.title, d.doc_type AS "docType", d.department, d.language, d.tags, d.metadata, d.is_latest AS "isLatest",
  d.previous_version_id AS "previousVersionId", d.replaced_at AS "replacedAt", d.valid_from AS "validFrom", d.created_at AS "createdAt",
  d.processed_at AS "processedAt", d.page_count AS "pageCount", d.chunk_count AS "chunkCount", d.asset_count AS "assetCount", d.progress, d.error,
  d.warnings, d.revision`;

const MAX_VERSIONS = 1_000;

export class PostgresDocumentReader extends DocumentReader {
  constructor(private readonly database: TenantDatabase) {
    super();
  }

  async find(tenantId: TenantId, id: DocumentId): Promise<DocumentView | null> {
    const rows = await this.query<DocumentView>(
      tenantId,
      `SELECT ${COLUMNS} FROM documents d WHERE d.tenant_id = $1 AND d.id = $2 AND d.erased_at IS NULL`,
      [tenantId, id],
    );
    return rows[0] ?? null;
  }

  async list(tenantId: TenantId, filter: DocumentListFilter, page: PageRequest): Promise<Page<DocumentView>> {
    const rows = await this.query<DocumentView & PositionedRow>(
      tenantId,
      `SELECT ${COLUMNS}, ${POSITION_COLUMNS('d.created_at', 'd.id')} FROM documents d
        WHERE d.tenant_id = $1 AND d.erased_at IS NULL AND ${afterClause('d.created_at', 'd.id', 2)}
          AND ($4::text IS NULL OR d.status = $4) AND ($5::text IS NULL OR d.filename = $5) AND ($6::text IS NULL OR d.doc_type = $6)
          AND ($7::text IS NULL OR d.department = $7) AND ($8::text IS NULL OR d.language = $8) AND ($9::text IS NULL OR $9 = ANY (d.tags))
          AND (NOT $10::boolean OR d.is_latest OR (d.replaced_at IS NULL AND d.status IN ('pending', 'processing', 'failed')
                AND NOT EXISTS (SELECT 1 FROM documents n
                      WHERE n.tenant_id = d.tenant_id AND n.filename = d.filename AND n.version > d.version AND n.status <> 'deleting')))
        ORDER BY d.created_at DESC, d.id DESC LIMIT $11`,
      [
        ...[tenantId, ...afterParameters(page), filter.status ?? null, filter.filename ?? null, filter.docType ?? null],
        ...[filter.department ?? null, filter.language ?? null, filter.tag ?? null, filter.latestOnly, page.limit + 1],
      ],
    );
    return pageOf(rows, page, ({ page_at: _at, page_id: _id, ...view }) => view);
  }

  async known(tenantId: TenantId, ids: readonly DocumentId[]): Promise<ReadonlySet<DocumentId>> {
    const rows = await this.query<{ id: DocumentId }>(
      tenantId,
      'SELECT d.id FROM documents d WHERE d.tenant_id = $1 AND d.id = ANY ($2::uuid[]) AND d.erased_at IS NULL',
      [tenantId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async versions(tenantId: TenantId, filename: string): Promise<readonly DocumentView[] | null> {
    const rows = await this.query<DocumentView>(
      tenantId,
      `SELECT ${COLUMNS} FROM documents d WHERE d.tenant_id = $1 AND d.filename = $2 AND d.erased_at IS NULL
        ORDER BY d.version DESC LIMIT ${MAX_VERSIONS}`,
      [tenantId, filename.normalize('NFC')],
    );
    return rows.length === 0 ? null : rows;
  }

  chunks(tenantId: TenantId, id: DocumentId, afterOrdinal: number, limit: number): Promise<readonly ChunkView[] | null> {
    return this.database.snapshot(tenantId, async (manager) => {
      const known = await select(manager, 'SELECT 1 FROM documents d WHERE d.tenant_id = $1 AND d.id = $2 AND d.erased_at IS NULL', [
        tenantId,
        id,
      ]);
      if (known.length === 0) return null;
      return select<ChunkView>(
        manager,
        `SELECT c.public_id AS id, c.ordinal, c.content, c.token_count AS "tokenCount", c.page, c.section, c.kind FROM chunks c
          WHERE c.tenant_id = $1 AND c.document_id = $2 AND c.ordinal > $3 ORDER BY c.ordinal LIMIT $4`,
        [tenantId, id, afterOrdinal, limit],
      );
    });
  }

  private query<Row>(tenantId: TenantId, sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.database.transaction(tenantId, (manager) => select<Row>(manager, sql, parameters), { readOnly: true });
  }
}

const select = <Row>(manager: EntityManager, sql: string, parameters: unknown[]): Promise<readonly Row[]> =>
  manager.query<Row[]>(sql, parameters);
