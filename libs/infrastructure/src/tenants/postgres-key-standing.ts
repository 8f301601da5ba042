import { KeyStanding, type Standing } from '@aegis/application/shared/key-standing';
import { TenantGone } from '@aegis/domain/shared/access-errors';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantDatabase } from '../persistence/tenant-database';

interface LivingKey {
  readonly id: ApiKeyId;
  readonly is_active: boolean;
}

export class PostgresKeyStanding extends KeyStanding {
  constructor(private readonly database: Pick<TenantDatabase, 'transaction'>) {
    super();
  }

  async of(tenantId: TenantId, keyIds: readonly ApiKeyId[]): Promise<ReadonlyMap<ApiKeyId, Standing>> {
    const living = await this.livingOf(tenantId, keyIds);
    const standing = new Map(living.map(({ id, is_active }) => [id, is_active ? 'good' : 'suspended'] as const));
    return new Map(keyIds.map((id) => [id, standing.get(id) ?? 'ended']));
  }

  private async livingOf(tenantId: TenantId, keyIds: readonly ApiKeyId[]): Promise<readonly LivingKey[]> {
    try {
      return await this.database.transaction(
        tenantId,
        (manager) =>
          manager.query<LivingKey[]>(
            `SELECT k.id, t.is_active FROM api_keys k JOIN tenants t ON t.id = k.tenant_id
              WHERE k.tenant_id = $1 AND k.id = ANY ($2::uuid[]) AND k.revoked_at IS NULL AND t.deleted_at IS NULL
                AND (k.expires_at IS NULL OR k.expires_at > now()) AND (k.not_after IS NULL OR k.not_after > now())`,
            [tenantId, keyIds],
          ),
        { readOnly: true },
      );
    } catch (error) {
      if (error instanceof TenantGone) return [];
      throw error;
    }
  }
}
