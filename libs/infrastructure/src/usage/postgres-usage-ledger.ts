import type { EntityManager } from 'typeorm';
import type { UsageLedger, UsageReference } from '@aegis/application/usage/usage-ledger';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Reservation } from '@aegis/domain/shared/reservation';
import { QuotaExceeded } from '@aegis/domain/usage/usage-errors';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import { returnedRows } from '../persistence/returned-rows';

export class PostgresUsageLedger implements UsageLedger {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  /** One conditional UPDATE decides: checking first and booking later would let a crowd through on the last cent. */
  async reserve({ id, period, amount }: Reservation): Promise<void> {
    await this.openBudget(period);
    const reserved = await this.rows(
      `WITH b AS (UPDATE budgets SET reserved = reserved + $4 WHERE tenant_id = $1 AND period = $2
                     AND reserved + spent + overage + $4 <= limit_micro_usd RETURNING period)
       INSERT INTO reservations (tenant_id, id, period, amount, expires_at)
       SELECT $1, $3, period, $4, clock_timestamp() + interval '5 min' FROM b RETURNING id`,
      [this.tenantId, period, id, amount],
    );
    if (reserved.length === 0) throw new QuotaExceeded();
  }

  /** An expired reservation holds nothing any more, but the work went on and must be paid. */
  async post(reservation: Reservation, lines: readonly UsageLine[], about: UsageReference): Promise<void> {
    if (reservation.amount === 0) await this.reserveNothing(reservation);
    const actual = lines.reduce((sum, line) => sum + line.cost, 0);
    const posted = await this.rows(
      `WITH r AS (UPDATE reservations SET state = 'posted', actual = $3, amount = CASE WHEN state = 'expired' THEN 0 ELSE amount END
                   WHERE tenant_id = $1 AND id = $2 AND state IN ('pending', 'expired') RETURNING id, period, amount),
            b AS (UPDATE budgets b SET reserved = b.reserved - r.amount, spent = b.spent + least($3, r.amount),
                         overage = b.overage + greatest($3 - r.amount, 0) FROM r WHERE b.tenant_id = $1 AND b.period = r.period)
       SELECT id FROM r`,
      [this.tenantId, reservation.id, actual],
    );
    if (posted.length === 0) return; // posted or voided before
    for (const line of lines) {
      await this.manager.query(
        `INSERT INTO usage_records (tenant_id, reservation_id, query_id, document_id, kind, provider, model, tokens_in, tokens_out, pages, cost_micro_usd)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        [
          ...[this.tenantId, reservation.id, about.queryId, about.documentId, line.kind, line.provider, line.model],
          ...[line.tokensIn, line.tokensOut, line.pages, line.cost],
        ],
      );
    }
  }

  async void({ id }: Reservation): Promise<void> {
    await this.manager.query(
      `WITH r AS (UPDATE reservations SET state = 'voided' WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING period, amount)
       UPDATE budgets b SET reserved = b.reserved - r.amount FROM r WHERE b.tenant_id = $1 AND b.period = r.period`,
      [this.tenantId, id],
    );
  }

  async expire(reservationId: string): Promise<void> {
    await this.manager.query(
      `WITH r AS (UPDATE reservations SET state = CASE WHEN started THEN 'posted' ELSE 'expired' END, actual = CASE WHEN started THEN progress END
                   WHERE tenant_id = $1 AND id = $2 AND state = 'pending' AND expires_at < clock_timestamp()
                  RETURNING id, period, amount, coalesce(actual, 0) AS actual),
            b AS (UPDATE budgets b SET reserved = b.reserved - r.amount, spent = b.spent + least(r.actual, r.amount),
                         overage = b.overage + greatest(r.actual - r.amount, 0) FROM r WHERE b.tenant_id = $1 AND b.period = r.period)
       INSERT INTO usage_records (tenant_id, reservation_id, kind, provider, model, tokens_in, tokens_out, cost_micro_usd)
       SELECT $1, id, 'generation', 'aegis', 'unsettled', 0, 0, actual FROM r WHERE actual > 0`,
      [this.tenantId, reservationId],
    );
  }

  /** Work that costs nothing is accounted for all the same, without a transaction of its own before the work. */
  private async reserveNothing({ id, period }: Reservation): Promise<void> {
    await this.openBudget(period);
    await this.manager.query(
      `INSERT INTO reservations (tenant_id, id, period, amount, expires_at) VALUES ($1, $2, $3, 0, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [this.tenantId, id, period],
    );
  }

  private async openBudget(period: string): Promise<void> {
    await this.manager.query(
      `INSERT INTO budgets (tenant_id, period, limit_micro_usd) SELECT id, $2, monthly_quota_micro_usd FROM tenants WHERE id = $1
       ON CONFLICT DO NOTHING`,
      [this.tenantId, period],
    );
  }

  private async rows(sql: string, parameters: unknown[]): Promise<readonly unknown[]> {
    return returnedRows(await this.manager.query<unknown>(sql, parameters));
  }
}
