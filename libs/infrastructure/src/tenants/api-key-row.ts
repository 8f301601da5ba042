import { EntitySchema } from 'typeorm';
import { ApiKey, type ApiKeyProps } from '@aegis/domain/tenants/api-key';
import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { ApiKeyMode } from '@aegis/domain/shared/api-key-text';
import type { Scope } from '@aegis/domain/shared/scope';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export interface ApiKeyRow {
  tenantId: string;
  id: string;
  lookupId: string;
  name: string;
  mode: ApiKeyMode;
  digest: Buffer;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date | null;
  notAfter: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
}

export const ApiKeyTable = new EntitySchema<ApiKeyRow>({
  name: 'api_key',
  tableName: 'api_keys',
  columns: {
    tenantId: { type: 'uuid', primary: true, name: 'tenant_id' },
    id: { type: 'uuid', primary: true },
    lookupId: { type: 'text', name: 'lookup_id' },
    name: { type: 'text' },
    mode: { type: 'text' },
    digest: { type: 'bytea' },
    scopes: { type: 'text', array: true },
    createdAt: { type: 'timestamptz', name: 'created_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at', nullable: true },
    notAfter: { type: 'timestamptz', name: 'not_after', nullable: true },
    revokedAt: { type: 'timestamptz', name: 'revoked_at', nullable: true },
    lastUsedAt: { type: 'timestamptz', name: 'last_used_at', nullable: true },
  },
});

export function toRow(key: ApiKey): ApiKeyRow {
  const props = key.toSnapshot();
  return { ...props, digest: Buffer.from(props.digest), scopes: [...props.scopes] };
}

export const fromRow = (row: ApiKeyRow): ApiKey => ApiKey.fromSnapshot(propsOf(row));

export const propsOf = (row: ApiKeyRow): ApiKeyProps => ({
  ...row,
  id: row.id as ApiKeyId,
  tenantId: row.tenantId as TenantId,
  scopes: row.scopes as Scope[],
});
