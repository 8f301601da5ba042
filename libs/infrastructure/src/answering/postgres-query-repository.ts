import type { EntityManager } from 'typeorm';
import type { QueryRecord } from '@aegis/application/answering/query-record';
import { AlreadyRecorded, type QueryRepository } from '@aegis/application/answering/query-repository';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { makerOf, type ActiveModel } from '../persistence/active-model';
import { bytesOf } from './vector-bytes';
import { prepared } from '../persistence/prepared-statements';
import { returnedRows } from '../persistence/returned-rows';
import { isUniqueViolation } from '../persistence/unique-violation';

const ADD = prepared(
  `INSERT INTO queries (tenant_id, id, asked_at, kind, key_id, as_of, corpus_epoch, model_version, refused, cost_micro_usd, input, result, trace_id, vectors)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

export class PostgresQueryRepository implements QueryRepository {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
    private readonly model: ActiveModel,
  ) {}

  async add(record: QueryRecord): Promise<void> {
    const { id, askedAt, kind, keyId, corpusEpoch, vectors, input, cost, traceId, ...result } = record;
    const added = this.manager.query<unknown>(ADD, [
      ...[this.tenantId, id, askedAt, kind, keyId, input.asOfDate, corpusEpoch, makerOf(vectors[0], this.model).version],
      ...[record.response.outcome === 'refused', cost, input, result, traceId, bytesOf(vectors)],
    ]);
    await added.catch((error: unknown) => {
      throw isUniqueViolation(error) ? new AlreadyRecorded(`query ${id}`, { cause: error }) : error;
    });
  }

  async forget(olderThanDays: number, limit: number): Promise<number> {
    const removed = await this.manager.query<unknown>(
      `DELETE FROM queries q WHERE q.tenant_id = $1 AND q.id IN (
         SELECT o.id FROM queries o WHERE o.tenant_id = $1 AND o.asked_at < clock_timestamp() - $2 * interval '1 day' ORDER BY o.asked_at LIMIT $3)
       RETURNING q.id`,
      [this.tenantId, olderThanDays, limit],
    );
    return returnedRows(removed).length;
  }
}
