import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { nothingOfTheDeleted } from '../shared/nothing-of-the-deleted';
import { FIRST_TERM, type PostingCompaction } from './posting-compaction';

export interface CompactedPostings {
  readonly tenants: number;
  readonly moved: number;
}

/** Compacts the postings of every tenant that has enough new ones, slice by slice. Several may do it at once. */
export class CompactPostings {
  constructor(private readonly compaction: PostingCompaction) {}

  async execute(signal: AbortSignal): Promise<CompactedPostings> {
    let [tenants, moved] = [0, 0];
    for (const tenantId of await this.compaction.due()) {
      if (signal.aborted) break;
      moved += (await this.compact(tenantId, signal).catch(nothingOfTheDeleted)) ?? 0;
      tenants += 1;
    }
    return { tenants, moved };
  }

  /** What is interrupted is begun anew the next time: most of it is done by then. */
  private async compact(tenantId: TenantId, signal: AbortSignal): Promise<number> {
    const pass = await this.compaction.begin(tenantId);
    let moved = 0;
    let from: string | null = pass === null ? null : FIRST_TERM;
    while (pass !== null && from !== null) {
      if (signal.aborted) return moved;
      const slice = await this.compaction.slice(pass, from);
      moved += slice.moved;
      from = slice.next;
    }
    if (pass !== null) await this.compaction.end(pass);
    return moved;
  }
}
