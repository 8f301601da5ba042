import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Evidence } from './evidence-reader';

/**
 * What was found before, for the same question of the same tenant in the present state of its corpus. Implementations keep: never what
 * another tenant found, never what was found in another state than the one that is current when it is asked for.
 */
export abstract class ResultCache {
  /** `question`: everything by which the result was found; null when it is not known. */
  abstract find(tenantId: TenantId, question: string, signal: AbortSignal): Promise<Evidence | null>;
  abstract keep(tenantId: TenantId, question: string, evidence: Evidence): void;
}

/** Remembers nothing. */
export class NoResultCache extends ResultCache {
  find(): Promise<null> {
    return Promise.resolve(null);
  }

  keep(): void {
    // nothing is remembered
  }
}
