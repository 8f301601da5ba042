import { ApiKey } from '@aegis/domain/tenants/api-key';
import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { FIRST_KEY_SCOPES } from '@aegis/domain/shared/scope';
import { Tenant, type TenantProps } from '@aegis/domain/tenants/tenant';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantSettings } from '@aegis/domain/tenants/tenant-settings';
import type { MicroUsd } from '@aegis/domain/shared/micro-usd';
import type { AdminCall } from '../shared/administrator';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import type { IssuedApiKey } from './issue-api-key';
import type { KeyMint } from './key-mint';
import type { OfferedModels } from './offered-models';
import type { PlatformUnitOfWork } from './tenant-repository';

export interface CreateTenantInput {
  readonly name: string;
  readonly monthlyQuota: MicroUsd;
  readonly settings: TenantSettings;
}

export interface CreatedTenant {
  readonly tenant: TenantProps;
  readonly apiKey: IssuedApiKey;
}

/** Creates a tenant together with its first key. */
export class CreateTenant {
  constructor(
    private readonly platform: PlatformUnitOfWork,
    private readonly mint: KeyMint,
    private readonly offered: OfferedModels,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(call: AdminCall, input: CreateTenantInput, complete: Completion<CreatedTenant> = unkeyed): Promise<CreatedTenant> {
    this.offered.check(input.settings);
    const at = this.clock.now();
    const { actor } = call.administrator;
    const { text, stored } = this.mint.make('live');
    const tenant = Tenant.create({ id: TenantId.parse(this.ids.next()), ...input }, actor, at);
    const apiKey = ApiKey.issue(
      {
        id: ApiKeyId.parse(this.ids.next()),
        tenantId: tenant.id,
        name: 'first key',
        ...stored,
        scopes: FIRST_KEY_SCOPES,
        expiresAt: null,
      },
      actor,
      at,
    );
    const created = { tenant: tenant.toSnapshot(), apiKey: { key: text, props: apiKey.toSnapshot() } };
    await this.platform.run(async (tx) => {
      await tx.tenants.add(tenant);
      await tx.apiKeys.add(apiKey);
      await complete(tx, created);
    }, call);
    return created;
  }
}
