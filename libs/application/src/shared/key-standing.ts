import type { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { Caller } from './caller';

/** `ended`: revoked, expired, or of a tenant that is gone. */
export type Standing = 'good' | 'suspended' | 'ended';

export type OpenKey = Pick<Caller, 'tenantId' | 'keyId'>;

/** What has become of keys that were good when a long answer began. */
export abstract class KeyStanding {
  /** As the database knows it now, all in one look, never from a cache. Throws only when the database cannot be asked; every given key is in the answer. */
  abstract of(keys: readonly OpenKey[]): Promise<ReadonlyMap<ApiKeyId, Standing>>;
}
