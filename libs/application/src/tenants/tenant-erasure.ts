import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** What of a deleted tenant is removed: first all it owned, and when the retention has ended its books (usage, audit trail) too. */
export interface Erasure {
  readonly tenantId: TenantId;
  readonly of: 'belongings' | 'books';
}

/**
 * Deleted tenants, as the eraser sees them: how many rows there are and that they go, never what is in them; of living tenants nothing.
 * Every step is a short transaction of its own and may be repeated, by anybody, at any time.
 */
export abstract class TenantErasure {
  /** Work that is due and that nobody has taken up in the last minute. */
  abstract next(): Promise<Erasure | null>;
  /** Removes at most a few thousand rows and returns how many; 0: there is nothing left to remove. */
  abstract eraseSome(erasure: Erasure): Promise<number>;
  /**
   * Writes down that all is gone, after counting it in every table that the catalogue knows. False while something is left, or while a
   * transaction is open that may still add something: then the work is due again in some seconds.
   */
  abstract finish(erasure: Erasure, at: Date): Promise<boolean>;
}
