import type { TenantId } from '@aegis/domain/tenants/tenant-id';

/** One going through all terms of a tenant. */
export interface CompactionPass {
  readonly tenantId: TenantId;
  /** Recently published chunks that it began with. */
  readonly recentChunks: number;
  /** Enough was replaced that what is full is written anew too, without the replaced. */
  readonly rewritesAll: boolean;
}

export interface CompactedSlice {
  /** Postings that stand in segments now. */
  readonly moved: number;
  /** The term to go on with; null: there are no more. */
  readonly next: string | null;
}

/**
 * Moves postings of long standing into segments, a fraction of their size. A search finds the same, to the bit, before, meanwhile and
 * afterwards; whoever dies in between leaves nothing half done.
 */
export abstract class PostingCompaction {
  /** Living tenants with so much new that it pays, those with the most first. */
  abstract due(): Promise<readonly TenantId[]>;
  /** Null: there is nothing recent. Throws TenantGone. */
  abstract begin(tenantId: TenantId): Promise<CompactionPass | null>;
  /** One transaction, which publications of the tenant wait for. Throws TenantGone. */
  abstract slice(pass: CompactionPass, from: string): Promise<CompactedSlice>;
  abstract end(pass: CompactionPass): Promise<void>;
}

/** The least of all terms: they are hashes, signed 64-bit numbers in decimal. */
export const FIRST_TERM = '-9223372036854775808';
