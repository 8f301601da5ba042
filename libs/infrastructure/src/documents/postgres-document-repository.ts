import { IsNull, Not, type EntityManager } from 'typeorm';
import type { DocumentProgress, DocumentRepository } from '@aegis/application/documents/document-repository';
import type { Document } from '@aegis/domain/documents/document';
import type { DocumentEvent } from '@aegis/domain/documents/document-events';
import type { DocumentId } from '@aegis/domain/documents/document-id';
import type { FileName } from '@aegis/domain/documents/file-name';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { returnedRows } from '../persistence/returned-rows';
import { isUniqueViolation } from '../persistence/unique-violation';
import { DocumentTable, fromRow, toRow } from './document-row';

export class PostgresDocumentRepository implements DocumentRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
    private readonly record: (event: DocumentEvent) => void,
  ) {}

  async add(document: Document): Promise<void> {
    try {
      await this.manager.insert(DocumentTable, toRow(document));
    } catch (error) {
      if (isUniqueViolation(error)) throw new ConcurrentChange('document');
      throw error;
    }
    document.takeEvents().forEach(this.record);
  }

  async update(document: Document): Promise<void> {
    const { tenantId, id, revision, status, error } = toRow(document);
    const changes = { status, error, revision: revision + 1 };
    const { affected } = await this.manager.update(DocumentTable, { tenantId, id, revision }, changes);
    if (affected !== 1) throw new ConcurrentChange('document');
    document.takeEvents().forEach(this.record);
  }

  async find(id: DocumentId): Promise<Document | null> {
    const row = await this.manager.findOneBy(DocumentTable, { tenantId: this.tenantId, id, erasedAt: IsNull() });
    return row && fromRow(row);
  }

  async newest(filename: FileName): Promise<Document | null> {
    const row = await this.manager.findOne(DocumentTable, {
      where: { tenantId: this.tenantId, filename, status: Not('deleting') },
      order: { version: 'DESC' },
    });
    return row && fromRow(row);
  }

  async highestVersion(filename: FileName): Promise<number> {
    const rows = await this.manager.query<{ highest: number | null }[]>(
      'SELECT max(version) AS highest FROM documents WHERE tenant_id = $1 AND filename = $2',
      [this.tenantId, filename],
    );
    return rows[0]?.highest ?? 0;
  }

  async showProgress(id: DocumentId, progress: DocumentProgress | null): Promise<void> {
    await this.manager.query('UPDATE documents SET progress = $3 WHERE tenant_id = $1 AND id = $2', [this.tenantId, id, progress]);
  }

  async describeContent(id: DocumentId, found: { language: string; pageCount: number | null; warnings: readonly string[] }): Promise<void> {
    const updated = await this.manager.query<unknown>(
      // A content without letters tells nothing: then it is in the language of its tenant.
      `UPDATE documents SET language = coalesce(language, nullif($3, 'und'), (SELECT t.settings ->> 'language' FROM tenants t WHERE t.id = $1), $3), page_count = $4, warnings = $5, asset_count = 0
        WHERE tenant_id = $1 AND id = $2 AND status = 'processing' RETURNING id`,
      [this.tenantId, id, found.language, found.pageCount, found.warnings],
    );
    if (returnedRows(updated).length === 0) throw new ConcurrentChange('document');
  }
}
