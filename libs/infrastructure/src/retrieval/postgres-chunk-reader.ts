import { toSql } from 'pgvector';
import type { EntityManager } from 'typeorm';
import { ChunkReader, type ChunkQuery, type FoundChunks, type FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { isUnfiltered } from '@aegis/domain/retrieval/search-filter';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from '../ingestion/term-hash';
import type { ActiveModel } from '../persistence/active-model';
import type { TenantDatabase } from '../persistence/tenant-database';
import { searchSql } from './search-sql';

interface SearchRow extends FoundChunk {
  readonly chunksSearched: number;
  readonly totalIdf: number;
}

/** Nothing found: the one row that says how much was searched. */
type EmptyRow = Pick<SearchRow, 'chunksSearched' | 'totalIdf'> & { readonly [Field in keyof FoundChunk]: null };

export class PostgresChunkReader extends ChunkReader {
  constructor(
    private readonly database: TenantDatabase,
    private readonly model: ActiveModel,
    private readonly vectorType: 'halfvec' | 'vector',
  ) {
    super();
  }

  search(request: ChunkQuery): Promise<FoundChunks> {
    return this.database.snapshot(request.tenantId, async (manager) => {
      const epochs = await this.epochs(manager, request.tenantId, request.asOf.knownAt);
      const asOf = request.asOf.validAt !== null || request.asOf.knownAt !== null;
      const shape = { asOf, filtered: !isUnfiltered(request.filter), modelVersion: this.model.version, dimensions: this.model.dimensions };
      const rows = await manager.query<(SearchRow | EmptyRow)[]>(
        searchSql({ ...shape, vectorType: this.vectorType }),
        parametersOf(request, epochs.asked),
      );
      return {
        chunks: rows.filter((row) => row.chunkId !== null).map(({ chunksSearched: _n, totalIdf: _idf, ...chunk }) => chunk),
        chunksSearched: rows[0]?.chunksSearched ?? 0,
        totalIdf: rows[0]?.totalIdf ?? 0,
        corpusEpoch: asOf ? epochs.asked : epochs.present,
      };
    });
  }

  /** The present state of the corpus, and the one that was known at the moment asked for (0: nothing yet). */
  private async epochs(manager: EntityManager, tenantId: TenantId, knownAt: Date | null): Promise<{ present: number; asked: number }> {
    const [row] = await manager.query<{ present: string; asked: string | null }[]>(
      `SELECT s.corpus_epoch AS present, (SELECT max(e.epoch) FROM corpus_epochs e WHERE e.tenant_id = $1 AND e.at <= $2::timestamptz) AS asked
         FROM tenant_stats s WHERE s.tenant_id = $1`,
      [tenantId, knownAt],
    );
    const present = Number(row?.present ?? 0);
    return { present, asked: knownAt === null ? present : Number(row?.asked ?? 0) };
  }
}

function parametersOf({ tenantId, vector, terms, filter, asOf, depth }: ChunkQuery, epoch: number): unknown[] {
  return [
    ...[
      tenantId,
      vector === null ? null : String(toSql(Array.from(vector))),
      terms.map(termHash),
      depth,
      asOf.validAt ?? new Date(),
      epoch,
    ],
    ...[filter.docTypes, filter.departments, filter.languages, filter.tags, filter.filenames, filter.documentIds],
    ...[filter.createdAfter, filter.createdBefore],
  ];
}
