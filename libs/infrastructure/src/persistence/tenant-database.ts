import type { EntityManager } from 'typeorm';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { Connections, TransactionOptions } from './connections';
import type { TenantContextSigner } from './tenant-context-signer';

/** Transactions that the database itself ties to one tenant: role, tenant and signature are set in them, and gone with them. */
export class TenantDatabase {
  constructor(
    private readonly connections: Connections,
    private readonly signer: TenantContextSigner,
  ) {}

  /** Throws TenantGone when the tenant was deleted. */
  async transaction<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const run = this.connections.transaction(
      'app_runtime',
      async (manager) => {
        await manager.query(`SELECT set_config('app.tenant_id', $1, true), set_config('app.tenant_sig', $2, true)`, [
          tenantId,
          this.signer.sign(tenantId),
        ]);
        return work(manager);
      },
      options,
    );
    return run.catch((error: unknown) => {
      throw isOfDeletedTenant(error) ? new TenantGone() : error;
    });
  }

  /** Several statements that must see the same state of the corpus. */
  snapshot<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.transaction(tenantId, work, { isolation: 'REPEATABLE READ', readOnly: true });
  }
}

/** `sec.verified_tenant()` says so with a code of its own. */
const isOfDeletedTenant = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'AE001';
