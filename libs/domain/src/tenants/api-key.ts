import { Aggregate } from '../shared/aggregate';
import type { Actor } from '../shared/domain-event';
import type { ApiKeyId } from './api-key-id';
import type { Scope } from '../shared/scope';
import type { TenantEvent } from './tenant-events';
import type { TenantId } from './tenant-id';

export interface ApiKeyProps {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  /** The part of the key by which it is found. */
  readonly lookupId: string;
  /** Keyed digest of the whole key; the key itself is stored nowhere. */
  readonly digest: Uint8Array;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export class ApiKey extends Aggregate<TenantEvent> {
  private constructor(private props: ApiKeyProps) {
    super();
  }

  static issue(input: Omit<ApiKeyProps, 'createdAt' | 'revokedAt'>, actor: Actor, at: Date): ApiKey {
    const key = new ApiKey({ ...input, createdAt: at, revokedAt: null });
    key.record({ type: 'api_key.issued', occurredAt: at, actor, tenantId: input.tenantId, keyId: input.id, scopes: input.scopes });
    return key;
  }

  static fromSnapshot(props: ApiKeyProps): ApiKey {
    return new ApiKey(props);
  }

  toSnapshot(): ApiKeyProps {
    return this.props;
  }

  /** Revoking twice is no error and leaves the first moment. */
  revoke(actor: Actor, at: Date): void {
    if (this.props.revokedAt !== null) return;
    this.props = { ...this.props, revokedAt: at };
    this.record({ type: 'api_key.revoked', occurredAt: at, actor, tenantId: this.props.tenantId, keyId: this.props.id });
  }
}
