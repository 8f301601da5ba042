import type { EntityManager } from 'typeorm';
import type { UsageLedger, UsageReference } from '@aegis/application/usage/usage-ledger';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Reservation } from '@aegis/domain/shared/reservation';
import { QuotaExceeded, TokenRateLimited } from '@aegis/domain/usage/usage-errors';
import type { UsageLine } from '@aegis/domain/shared/usage-line';
import { prepared } from '../persistence/prepared-statements';
import { returnedRows } from '../persistence/returned-rows';

/** Queries only: documents are held by the quota. From the index `usage_records_tokens`. */
const OF_THE_LAST_HOUR = `u.tenant_id = $1 AND u.kind IN ('query_embedding', 'reranking', 'generation') AND u.at > clock_timestamp() - interval '1 hour'`;
/** Queries that run now end soon, and give back what they did not use. */
const HELD_SECONDS = 5;

const openBudget = (period: string): string =>
  `INSERT INTO budgets (tenant_id, period, limit_micro_usd) SELECT id, ${period}, monthly_quota_micro_usd FROM tenants WHERE id = $1
     ON CONFLICT DO NOTHING`;

/** Of a reservation `r`. $1 tenant · $2 reservation · $3 to $9 the lines, one array for each field · $10 query · $11 document. */
const BOOK_LINES = `INSERT INTO usage_records (tenant_id, reservation_id, query_id, document_id, kind, provider, model, tokens_in, tokens_out, pages, cost_micro_usd)
  SELECT $1, r.id, $10::uuid, $11::uuid, l.* FROM r CROSS JOIN unnest($3::text[], $4::text[], $5::text[], $6::int8[], $7::int8[], $8::int4[], $9::int8[]) AS l`;

/** Work that costs nothing is accounted for all the same: one statement, as every query with free models comes here. $12 period. */
const POST_NOTHING = prepared(
  `WITH b AS (${openBudget('$12')}),
        r AS (INSERT INTO reservations (tenant_id, id, period, amount, actual, state, expires_at)
              VALUES ($1, $2, $12, 0, 0, 'posted', clock_timestamp()) ON CONFLICT DO NOTHING RETURNING id)
   ${BOOK_LINES}`,
);

const linesOf = (lines: readonly UsageLine[]): readonly unknown[] => [
  ...[lines.map(({ kind }) => kind), lines.map(({ provider }) => provider), lines.map(({ model }) => model)],
  ...[lines.map(({ tokensIn }) => tokensIn), lines.map(({ tokensOut }) => tokensOut), lines.map(({ pages }) => pages)],
  lines.map(({ cost }) => cost),
];

export class PostgresUsageLedger implements UsageLedger {
  constructor(
    private readonly manager: EntityManager,
    private readonly tenantId: TenantId,
  ) {}

  /** One conditional UPDATE decides: checking first and booking later would let a crowd through on the last cent. */
  async reserve({ id, period, amount, tokens }: Reservation, tokensPerHour: number | null = null): Promise<void> {
    await this.openBudget(period);
    const reserved = await this.rows(
      `WITH b AS (UPDATE budgets SET reserved = reserved + $4 WHERE tenant_id = $1 AND period = $2
                     AND ($4 = 0 OR reserved + spent + overage + $4 <= limit_micro_usd) RETURNING period)
       INSERT INTO reservations (tenant_id, id, period, amount, tokens, expires_at)
       SELECT $1, $3, period, $4, $5, clock_timestamp() + interval '5 min' FROM b RETURNING id`,
      [this.tenantId, period, id, amount, tokens],
    );
    if (reserved.length === 0) throw new QuotaExceeded();
    // The row of the budget is locked until this transaction ends: nobody else counts meanwhile.
    if (tokensPerHour !== null) await this.assertTokensLeft(id, tokensPerHour);
  }

  /** An expired reservation holds nothing any more, but the work went on and must be paid. */
  async post(reservation: Reservation, lines: readonly UsageLine[], about: UsageReference): Promise<void> {
    const actual = lines.reduce((sum, line) => sum + line.cost, 0);
    const booked = [this.tenantId, reservation.id, ...linesOf(lines), about.queryId, about.documentId];
    if (reservation.amount === 0 && reservation.tokens === 0) {
      if (actual === 0) return this.postNothing(reservation, booked);
      await this.reserveNothing(reservation);
    }
    // Of one that was posted or voided before, r is empty.
    await this.manager.query(
      `WITH r AS (UPDATE reservations SET state = 'posted', actual = $12, amount = CASE WHEN state = 'expired' THEN 0 ELSE amount END
                   WHERE tenant_id = $1 AND id = $2 AND state IN ('pending', 'expired') RETURNING id, period, amount),
            b AS (UPDATE budgets b SET reserved = b.reserved - r.amount, spent = b.spent + least($12, r.amount),
                         overage = b.overage + greatest($12 - r.amount, 0) FROM r WHERE b.tenant_id = $1 AND b.period = r.period)
       ${BOOK_LINES}`,
      [...booked, actual],
    );
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

  private async assertTokensLeft(reservationId: string, tokensPerHour: number): Promise<void> {
    const [sums] = await this.rows<{ used: string; pending: string }>(
      `SELECT (SELECT coalesce(sum(u.tokens_in + u.tokens_out), 0) FROM usage_records u WHERE ${OF_THE_LAST_HOUR}) AS used,
              (SELECT coalesce(sum(tokens), 0) FROM reservations WHERE tenant_id = $1 AND id <> $2 AND state = 'pending' AND tokens > 0) AS pending`,
      [this.tenantId, reservationId],
    );
    const pending = Number(sums?.pending ?? 0);
    if (Number(sums?.used ?? 0) + pending < tokensPerHour) return;
    // When so much of what was used is an hour ago that one more may begin; null while others hold all of it.
    const [wait] = await this.rows<{ seconds: string | null }>(
      `SELECT ceil(extract(epoch FROM max(at) + interval '1 hour' - clock_timestamp())) AS seconds
         FROM (SELECT u.at, sum(u.tokens_in + u.tokens_out) OVER (ORDER BY u.at DESC, u.id) AS later FROM usage_records u WHERE ${OF_THE_LAST_HOUR}) z
        WHERE later + $2 >= $3`,
      [this.tenantId, pending, tokensPerHour],
    );
    const seconds = wait?.seconds ?? null;
    throw new TokenRateLimited(seconds === null || pending >= tokensPerHour ? HELD_SECONDS : Math.max(1, Number(seconds)));
  }

  private async postNothing({ period }: Reservation, booked: readonly unknown[]): Promise<void> {
    await this.manager.query(POST_NOTHING, [...booked, period]);
  }

  private async reserveNothing({ id, period }: Reservation): Promise<void> {
    await this.openBudget(period);
    await this.manager.query(
      `INSERT INTO reservations (tenant_id, id, period, amount, expires_at) VALUES ($1, $2, $3, 0, clock_timestamp()) ON CONFLICT DO NOTHING`,
      [this.tenantId, id, period],
    );
  }

  private async openBudget(period: string): Promise<void> {
    await this.manager.query(openBudget('$2'), [this.tenantId, period]);
  }

  private async rows<Row = unknown>(sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return returnedRows<Row>(await this.manager.query<unknown>(sql, parameters));
  }
}
