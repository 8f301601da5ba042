import { KeyStanding, type OpenKey, type Standing } from '@aegis/application/shared/key-standing';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { Connections } from '../persistence/connections';

interface LivingKey {
  readonly id: ApiKeyId;
  readonly is_active: boolean;
}

/** As `app_admin`, who sees keys of all tenants: one statement, however many tenants have streams open. */
export class PostgresKeyStanding extends KeyStanding {
  constructor(private readonly connections: Pick<Connections, 'transaction'>) {
    super();
  }

  async of(keys: readonly OpenKey[]): Promise<ReadonlyMap<ApiKeyId, Standing>> {
    const living = await this.connections.transaction(
      'app_admin',
      (manager) =>
        manager.query<LivingKey[]>(
          `SELECT k.id, t.is_active FROM unnest($1::uuid[], $2::uuid[]) AS asked (tenant_id, id)
             JOIN api_keys k ON k.tenant_id = asked.tenant_id AND k.id = asked.id JOIN tenants t ON t.id = k.tenant_id
            WHERE k.revoked_at IS NULL AND t.deleted_at IS NULL
              AND (k.expires_at IS NULL OR k.expires_at > now()) AND (k.not_after IS NULL OR k.not_after > now())`,
          [keys.map(({ tenantId }) => tenantId), keys.map(({ keyId }) => keyId)],
        ),
      { readOnly: true },
    );
    const standing = new Map(living.map(({ id, is_active }) => [id, is_active ? 'good' : 'suspended'] as const));
    return new Map(keys.map(({ keyId }) => [keyId, standing.get(keyId) ?? 'ended']));
  }
}
