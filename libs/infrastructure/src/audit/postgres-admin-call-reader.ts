import { AdminCallReader, type PlatformAuditEntry } from '@aegis/application/audit/admin-call-reader';
import type { Page, PageRequest } from '@aegis/application/shared/page';
import type { Json } from '@aegis/domain/shared/canonical-json';
import type { Connections } from '../persistence/connections';
import { PLATFORM_TRAIL } from './audit-changes';

interface Row {
  readonly id: string;
  readonly canon: Buffer;
}

/** What `canonicalEntry` wrote. */
interface StoredEntry {
  readonly type: string;
  readonly at: string;
  readonly actor: { readonly [key: string]: Json };
  readonly subject_id: string;
  readonly details: { readonly [key: string]: Json };
}

export class PostgresAdminCallReader extends AdminCallReader {
  constructor(private readonly connections: Connections) {
    super();
  }

  /** In the order of writing, which the numbers of the rows are: their times may be equal. */
  async list({ limit, after }: PageRequest): Promise<Page<PlatformAuditEntry>> {
    const rows = await this.connections.transaction(
      'app_admin',
      (manager) =>
        manager.query<Row[]>(
          `SELECT e.id, e.canon FROM audit_events e WHERE e.tenant_id = $1 AND ($2::int8 IS NULL OR e.id < $2::int8) ORDER BY e.id DESC LIMIT $3`,
          [PLATFORM_TRAIL, after?.id ?? null, limit + 1],
        ),
      { readOnly: true },
    );
    const last = rows.slice(0, limit).at(-1);
    return {
      items: rows.slice(0, limit).map(entryOf),
      next: rows.length > limit && last !== undefined ? { at: entryOf(last).at, id: last.id } : null,
    };
  }
}

function entryOf({ canon }: Row): PlatformAuditEntry {
  const { type, at, actor, subject_id, details } = JSON.parse(canon.toString('utf8')) as StoredEntry;
  return { type, at, actor, subjectId: subject_id, details };
}
