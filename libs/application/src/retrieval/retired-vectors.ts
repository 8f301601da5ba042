import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export interface RetiredModel {
  readonly version: number;
  readonly name: string;
}

/** Vectors of models that served once, and whose time to go back to them is over. */
export abstract class RetiredVectors {
  abstract models(): Promise<readonly RetiredModel[]>;
  /** Living ones. */
  abstract tenants(): Promise<readonly TenantId[]>;
  /** Of one tenant, a bounded number; answers how many went. */
  abstract removeSome(tenantId: TenantId, model: RetiredModel): Promise<number>;
}
