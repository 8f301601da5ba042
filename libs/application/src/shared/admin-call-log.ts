import type { Actor } from '@aegis/domain/shared/domain-event';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** A call of an administration route that changed nothing: a read, or a refusal. What changes something is written down with the change. */
export interface AdminCallEntry {
  readonly actor: Actor;
  /** The tenant that the caller belongs to, null for the platform's administrators: a tenant's calls stay in its own trail, whatever they were aimed at. */
  readonly ownTenant: TenantId | null;
  /** The tenant that was named. It may not exist. */
  readonly target: TenantId | null;
  readonly requestId: string;
  readonly method: string;
  /** Template, never the path that was asked for. */
  readonly route: string;
  readonly status: number;
  /** Of the problem that was answered. */
  readonly code: string | null;
}

/** Where calls of administrators are written down: in the trail of the caller's tenant, else of the target, else of the platform. Nothing in it can be changed. */
export abstract class AdminCallLog {
  abstract append(entry: AdminCallEntry): Promise<void>;
}
