import type { Page, PageRequest } from '@aegis/application/shared/page';
import { UsageReader, type UsageRecordView, type UsageSummary } from '@aegis/application/usage/usage-reader';
import { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { POSITION_COLUMNS, afterClause, afterParameters, pageOf, type PositionedRow } from '../persistence/page-sql';
import type { TenantDatabase } from '../persistence/tenant-database';

type SummaryRow = Record<
  | 'quota'
  | 'reserved'
  | 'embedding'
  | 'query'
  | 'embedding_tokens'
  | 'prompt_tokens'
  | 'completion_tokens'
  | 'documents'
  | 'pages'
  | 'queries'
  | 'refused',
  string
>;
type RecordRow = Omit<UsageRecordView, 'cost'> & { readonly cost: number };

export class PostgresUsageReader extends UsageReader {
  constructor(private readonly database: TenantDatabase) {
    super();
  }

  /** Parameters are typed where they first stand: compared with a date, the end would lose its time of day, and today's usage with it. */
  async summary(tenantId: TenantId, from: Date, until: Date): Promise<UsageSummary> {
    const [row] = await this.query<SummaryRow>(
      tenantId,
      `SELECT t.monthly_quota_micro_usd AS quota, r.reserved, u.*, q.*
         FROM tenants t,
           (SELECT coalesce(sum(reserved), 0) AS reserved FROM budgets WHERE tenant_id = $1
               AND period >= date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC') AND period < $3::timestamptz AT TIME ZONE 'UTC') r,
           (SELECT coalesce(sum(cost_micro_usd) FILTER (WHERE kind NOT IN ('generation', 'reranking')), 0) AS embedding,
                   coalesce(sum(cost_micro_usd) FILTER (WHERE kind IN ('generation', 'reranking')), 0) AS query,
                   coalesce(sum(tokens_in) FILTER (WHERE kind NOT IN ('generation', 'reranking')), 0) AS embedding_tokens,
                   coalesce(sum(tokens_in) FILTER (WHERE kind = 'generation'), 0) AS prompt_tokens,
                   coalesce(sum(tokens_out), 0) AS completion_tokens,
                   count(*) FILTER (WHERE kind = 'ingestion') AS documents, coalesce(sum(pages), 0) AS pages
              FROM usage_records WHERE tenant_id = $1 AND at >= $2 AND at < $3) u,
           (SELECT count(*) AS queries, count(*) FILTER (WHERE refused) AS refused
              FROM queries WHERE tenant_id = $1 AND asked_at >= $2 AND asked_at < $3) q
        WHERE t.id = $1`,
      [tenantId, from, until],
    );
    if (row === undefined) throw new Error('the tenant of the context has no row');
    const money = (amount: string) => MicroUsd.of(Number(amount));
    return {
      totalCost: MicroUsd.add(money(row.embedding), money(row.query)),
      reserved: money(row.reserved),
      monthlyQuota: money(row.quota),
      embeddingCost: money(row.embedding),
      queryCost: money(row.query),
      tokens: { embedding: Number(row.embedding_tokens), prompt: Number(row.prompt_tokens), completion: Number(row.completion_tokens) },
      queries: Number(row.queries),
      refusedQueries: Number(row.refused),
      documentsProcessed: Number(row.documents),
      pagesProcessed: Number(row.pages),
    };
  }

  async records(tenantId: TenantId, from: Date, until: Date, page: PageRequest): Promise<Page<UsageRecordView>> {
    const rows = await this.query<RecordRow & PositionedRow>(
      tenantId,
      `SELECT u.id, u.at, u.kind, u.provider, u.model, u.query_id AS "queryId", u.document_id AS "documentId", u.tokens_in::float8 AS "tokensIn",
              u.tokens_out::float8 AS "tokensOut", u.pages, u.cost_micro_usd::float8 AS cost, ${POSITION_COLUMNS('u.at', 'u.id')}
         FROM usage_records u WHERE u.tenant_id = $1 AND u.at >= $2 AND u.at < $3 AND ${afterClause('u.at', 'u.id', 4)}
        ORDER BY u.at DESC, u.id DESC LIMIT $6`,
      [tenantId, from, until, ...afterParameters(page), page.limit + 1],
    );
    return pageOf(rows, page, ({ page_at: _at, page_id: _id, ...row }) => ({ ...row, cost: MicroUsd.of(row.cost) }));
  }

  private query<Row>(tenantId: TenantId, sql: string, parameters: unknown[]): Promise<readonly Row[]> {
    return this.database.transaction(tenantId, (manager) => manager.query<Row[]>(sql, parameters), { readOnly: true });
  }
}
