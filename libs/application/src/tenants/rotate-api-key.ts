import { NotFound } from '@aegis/domain/shared/not-found';
import type { ApiKeyProps } from '@aegis/domain/tenants/api-key';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import type { IssuedApiKey } from './issue-api-key';
import type { KeyMint } from './key-mint';
import type { PlatformUnitOfWork } from './tenant-repository';

export interface RotateApiKeyInput {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  /** How long the old key works beside the new one; 0: not at all. */
  readonly overlapSeconds: number;
}

export interface RotatedApiKey extends IssuedApiKey {
  readonly old: ApiKeyProps;
}

/** Puts a new key in the place of one, without a moment in which neither works. Throws ApiKeyNotRotatable. */
export class RotateApiKey {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly mint: KeyMint,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  execute(
    call: AdminCall,
    { tenantId, keyId, overlapSeconds }: RotateApiKeyInput,
    complete: Completion<RotatedApiKey> = unkeyed,
  ): Promise<RotatedApiKey> {
    return this.platform.run(async (tx) => {
      if ((await tx.tenants.find(tenantId)) === null) throw new NotFound('tenant');
      const old = await tx.apiKeys.find(tenantId, keyId);
      if (old === null) throw new NotFound('API key');
      const { text, stored } = this.mint.make(old.toSnapshot().mode);
      const id = ApiKeyId.parse(this.ids.next());
      const successor = old.rotate({ id, ...stored }, overlapSeconds, call.administrator.actor, this.clock.now());
      await tx.apiKeys.update(old);
      await tx.apiKeys.add(successor);
      const rotated = { key: text, props: successor.toSnapshot(), old: old.toSnapshot() };
      await complete(tx, rotated);
      return rotated;
    }, call);
  }
}
