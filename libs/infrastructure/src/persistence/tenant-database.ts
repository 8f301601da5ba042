import type { EntityManager } from 'typeorm';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { Connections, Statement, TransactionOptions } from './connections';
import type { TenantContextSigner } from './tenant-context-signer';

export type SnapshotOptions = Pick<TransactionOptions, 'settings' | 'plannedOnce'>;

/** Transactions that the database itself ties to one tenant: role, tenant and signature are set in them, and gone with them. */
export class TenantDatabase {
  constructor(
    private readonly connections: Connections,
    private readonly signer: TenantContextSigner,
  ) {}

  /** Throws TenantGone when the tenant was deleted. */
  async transaction<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.connections.transaction('app_runtime', work, this.bound(tenantId, options)).catch(asTenantGone);
  }

  /** Several statements that must see the same state of the corpus. */
  snapshot<T>(tenantId: TenantId, work: (manager: EntityManager) => Promise<T>, options: SnapshotOptions = {}): Promise<T> {
    return this.transaction(tenantId, work, { ...options, isolation: 'REPEATABLE READ', readOnly: true });
  }

  /** What one statement reads: its rows, after one way to the database and back. */
  async read(tenantId: TenantId, statement: Statement, options: SnapshotOptions = {}): Promise<unknown[]> {
    return this.connections.read('app_runtime', statement, this.bound(tenantId, options)).catch(asTenantGone);
  }

  private bound(tenantId: TenantId, options: TransactionOptions): TransactionOptions {
    return { ...options, settings: { ...options.settings, 'app.tenant_id': tenantId, 'app.tenant_sig': this.signer.sign(tenantId) } };
  }
}

function asTenantGone(error: unknown): never {
  throw isOfDeletedTenant(error) ? new TenantGone() : error;
}

/** `sec.verified_tenant()` says so with a code of its own. */
const isOfDeletedTenant = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'AE001';
