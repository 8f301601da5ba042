import type { EntityManager } from 'typeorm';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from './term-hash';

const MAX_INT2 = 32_767;

/** All terms of a chunk, as its row holds their number. */
export const storedLength = (lengthTerms: number): number => Math.min(lengthTerms, MAX_INT2);

export interface ChunkTerms {
  readonly chunkId: string;
  readonly terms: ReadonlyMap<string, number>;
  readonly lengthTerms: number;
}

export async function addPostings(manager: EntityManager, tenantId: TenantId, chunks: readonly ChunkTerms[]): Promise<void> {
  const rows = chunks.flatMap(({ chunkId, terms, lengthTerms }) =>
    [...terms].map(([term, count]) => ({ term: termHash(term), chunkId, tf: Math.min(count, MAX_INT2), dl: storedLength(lengthTerms) })),
  );
  await manager.query(
    `INSERT INTO postings (tenant_id, term, chunk_id, tf, dl)
     SELECT $1, p.term, p.chunk_id, p.tf, p.dl FROM unnest($2::int8[], $3::int8[], $4::int2[], $5::int2[]) AS p(term, chunk_id, tf, dl)`,
    [tenantId, rows.map((row) => row.term), rows.map((row) => row.chunkId), rows.map((row) => row.tf), rows.map((row) => row.dl)],
  );
}
