import { QueryReader, type AuditedQuery } from '@aegis/application/answering/query-reader';
import type { KeptQuery, QueryRecord, RecordedInput } from '@aegis/application/answering/query-record';
import type { QueryId } from '@aegis/domain/answering/query-id';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantDatabase } from '../persistence/tenant-database';

/** What `recordOf` reads, of \`queries q\`. */
export const QUERY_COLUMNS = 'q.id, q.asked_at, q.kind, q.key_id, q.corpus_epoch, q.cost_micro_usd, q.input, q.result, q.trace_id';

export interface QueryRow {
  readonly id: string;
  readonly asked_at: Date;
  readonly kind: QueryRecord['kind'];
  readonly key_id: string;
  readonly corpus_epoch: string;
  readonly cost_micro_usd: string;
  readonly input: RecordedInput;
  readonly result: Pick<QueryRecord, 'retrieval' | 'generation' | 'response'>;
  readonly trace_id: string | null;
}

interface AuditedRow extends QueryRow {
  readonly key_name: string | null;
  readonly seq: string | null;
  readonly hash: string | null;
}

export class PostgresQueryReader extends QueryReader {
  constructor(private readonly database: TenantDatabase) {
    super();
  }

  async find(tenantId: TenantId, queryId: QueryId): Promise<AuditedQuery | null> {
    const [row] = await this.database.transaction(
      tenantId,
      (manager) =>
        manager.query<AuditedRow[]>(
          `SELECT ${QUERY_COLUMNS}, k.name AS key_name,
                  a.seq, encode(a.hash, 'hex') AS hash
             FROM queries q LEFT JOIN api_keys k ON k.tenant_id = q.tenant_id AND k.id = q.key_id
             LEFT JOIN audit_events a ON a.tenant_id = q.tenant_id AND a.subject_id = q.id
            WHERE q.tenant_id = $1 AND q.id = $2 ORDER BY a.id LIMIT 1`,
          [tenantId, queryId],
        ),
      { readOnly: true },
    );
    return row === undefined ? null : { record: recordOf(row), keyName: row.key_name ?? '', seal: sealOf(row) };
  }
}

export const recordOf = (row: QueryRow): KeptQuery => ({
  id: row.id as QueryId,
  askedAt: row.asked_at,
  kind: row.kind,
  keyId: row.key_id,
  corpusEpoch: Number(row.corpus_epoch),
  input: row.input,
  ...row.result,
  cost: MicroUsd.of(Number(row.cost_micro_usd)),
  traceId: row.trace_id,
});

const sealOf = ({ seq, hash }: AuditedRow): AuditedQuery['seal'] => (seq === null || hash === null ? null : { seq: Number(seq), hash });
