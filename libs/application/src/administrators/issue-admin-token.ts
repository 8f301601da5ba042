import { NotFound } from '@aegis/domain/shared/not-found';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { TenantReader } from '../tenants/tenant-reader';
import type { AdminTokenIssuer, IssuedAdminToken } from './admin-token-issuer';

/** A short token for the bootstrap key: the key then stays where it is kept, and the token goes to where the work is. */
export class IssueAdminToken {
  constructor(
    private readonly issuer: AdminTokenIssuer,
    private readonly tenants: TenantReader,
  ) {}

  async execute(tenantId: TenantId | null): Promise<IssuedAdminToken> {
    if (tenantId !== null && (await this.tenants.find(tenantId)) === null) throw new NotFound('tenant');
    return this.issuer.issue(tenantId);
  }
}
