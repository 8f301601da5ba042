import { Aggregate } from '../shared/aggregate';
import type { Actor } from '../shared/domain-event';
import type { Scope } from '../shared/scope';
import { ApiKeyNotRotatable } from './api-key-errors';
import type { ApiKeyId } from './api-key-id';
import type { ApiKeyMode } from '../shared/api-key-text';
import type { TenantEvent } from './tenant-events';
import type { TenantId } from './tenant-id';

export interface ApiKeyProps {
  readonly id: ApiKeyId;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly mode: ApiKeyMode;
  /** The part of the key by which it is found. */
  readonly lookupId: string;
  /** Keyed digest of the whole key; the key itself is stored nowhere. */
  readonly digest: Uint8Array;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Of a key that was rotated: when it stops working. */
  readonly notAfter: Date | null;
  readonly revokedAt: Date | null;
  /** To the minute, and up to a minute late. */
  readonly lastUsedAt: Date | null;
}

/** `retiring`: another key has taken its place, and it works until `notAfter`. */
export type ApiKeyStatus = 'active' | 'retiring' | 'expired' | 'revoked';

export const DEFAULT_OVERLAP_SECONDS = 86_400;
export const MAX_OVERLAP_SECONDS = 604_800;

type Minted = Pick<ApiKeyProps, 'id' | 'lookupId' | 'digest'>;

export class ApiKey extends Aggregate<TenantEvent> {
  private constructor(private props: ApiKeyProps) {
    super();
  }

  static issue(input: Omit<ApiKeyProps, 'createdAt' | 'notAfter' | 'revokedAt' | 'lastUsedAt'>, actor: Actor, at: Date): ApiKey {
    const key = new ApiKey({ ...input, createdAt: at, notAfter: null, revokedAt: null, lastUsedAt: null });
    const { tenantId, id: keyId, scopes, mode } = input;
    key.record({ type: 'api_key.issued', occurredAt: at, actor, tenantId, keyId, scopes, mode });
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

  /** The key that takes this one's place, for the same use and with the same end. This one works on for `overlapSeconds`; 0 revokes it. */
  rotate(successor: Minted, overlapSeconds: number, actor: Actor, at: Date): ApiKey {
    const status = statusOf(this.props, at);
    if (status !== 'active') throw new ApiKeyNotRotatable(status);
    const { tenantId, id: keyId } = this.props;
    const next = new ApiKey({ ...this.props, ...successor, createdAt: at, lastUsedAt: null });
    // Without an overlap the end is no point in time, which clocks could see differently, but a fact.
    const notAfter = new Date(at.getTime() + overlapSeconds * 1_000);
    this.props = { ...this.props, notAfter, revokedAt: overlapSeconds === 0 ? at : null };
    this.record({ type: 'api_key.rotated', occurredAt: at, actor, tenantId, keyId, successorId: successor.id, overlapSeconds });
    return next;
  }
}

export function statusOf({ revokedAt, expiresAt, notAfter }: ApiKeyProps, at: Date): ApiKeyStatus {
  if (revokedAt !== null) return 'revoked';
  if ((expiresAt !== null && expiresAt <= at) || (notAfter !== null && notAfter <= at)) return 'expired';
  return notAfter === null ? 'active' : 'retiring';
}
