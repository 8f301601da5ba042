import type { EntityManager } from 'typeorm';
import type { AuditLog } from '@aegis/application/audit/audit-log';
import { canonicalEntry, type AuditEntry } from '@aegis/domain/audit/audit-entry';
import { canonicalJson } from '@aegis/domain/shared/canonical-json';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { prepared } from '../persistence/prepared-statements';

const APPEND = prepared('INSERT INTO audit_events (tenant_id, subject_id, canon) VALUES ($1, $2, $3)');

export class PostgresAuditLog implements AuditLog {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  /** Bytes, not jsonb: jsonb reorders keys, and a hash over what is read back would never verify. */
  async append(entry: AuditEntry): Promise<void> {
    await this.manager.query(APPEND, [this.tenantId, entry.subjectId, Buffer.from(canonicalJson(canonicalEntry(entry)), 'utf8')]);
  }
}
