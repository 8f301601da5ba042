import { NotFound } from '@aegis/domain/shared/not-found';
import { ApiKey, type ApiKeyProps } from '@aegis/domain/tenants/api-key';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import type { ApiKeyMode } from '@aegis/domain/shared/api-key-text';
import type { Scope } from '@aegis/domain/shared/scope';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import type { KeyMint } from './key-mint';
import type { PlatformUnitOfWork } from './tenant-repository';

export interface IssueApiKeyInput {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly mode: ApiKeyMode;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** `key` exists in this answer only: afterwards nobody can read it again. */
export interface IssuedApiKey {
  readonly key: string;
  readonly props: ApiKeyProps;
}

export class IssueApiKey {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly mint: KeyMint,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(call: AdminCall, input: IssueApiKeyInput, complete: Completion<IssuedApiKey> = unkeyed): Promise<IssuedApiKey> {
    const { text, stored } = this.mint.make(input.mode);
    const key = ApiKey.issue({ ...input, ...stored, id: ApiKeyId.parse(this.ids.next()) }, call.administrator.actor, this.clock.now());
    const issued = { key: text, props: key.toSnapshot() };
    await this.platform.run(async (tx) => {
      if ((await tx.tenants.find(input.tenantId)) === null) throw new NotFound('tenant');
      await tx.apiKeys.add(key);
      await complete(tx, issued);
    }, call);
    return issued;
  }
}
