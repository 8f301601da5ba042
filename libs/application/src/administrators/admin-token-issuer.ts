import type { TenantId } from '@aegis/domain/tenants/tenant-id';

export interface IssuedAdminToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** The deployment's own issuer of administrators' tokens. */
export abstract class AdminTokenIssuer {
  /** For the platform (null) or one tenant. Throws NotFound where an identity provider issues them. */
  abstract issue(tenantId: TenantId | null): Promise<IssuedAdminToken>;
}
