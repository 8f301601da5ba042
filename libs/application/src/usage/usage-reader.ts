import type { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { UsageKind } from '@aegis/domain/shared/usage-line';
import type { Page, PageRequest } from '../shared/page';

export interface UsageSummary {
  readonly totalCost: MicroUsd;
  readonly reserved: MicroUsd;
  readonly monthlyQuota: MicroUsd;
  readonly embeddingCost: MicroUsd;
  readonly queryCost: MicroUsd;
  readonly tokens: { readonly embedding: number; readonly prompt: number; readonly completion: number };
  readonly queries: number;
  readonly refusedQueries: number;
  readonly documentsProcessed: number;
  readonly pagesProcessed: number;
}

export interface UsageRecordView {
  readonly id: string;
  readonly at: Date;
  readonly kind: UsageKind;
  readonly provider: string;
  readonly model: string;
  readonly queryId: string | null;
  readonly documentId: string | null;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly pages: number;
  readonly cost: MicroUsd;
}

export abstract class UsageReader {
  /** `from` inclusive, `until` exclusive. */
  abstract summary(tenantId: TenantId, from: Date, until: Date): Promise<UsageSummary>;
  abstract records(tenantId: TenantId, from: Date, until: Date, page: PageRequest): Promise<Page<UsageRecordView>>;
}
