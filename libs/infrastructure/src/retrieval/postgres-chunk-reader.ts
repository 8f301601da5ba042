import { toSql } from 'pgvector';
import type { EntityManager } from 'typeorm';
import { ChunkReader, type ChunkQuery, type FoundChunks, type FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { isUnfiltered } from '@aegis/domain/retrieval/search-filter';
import { termHash } from '../ingestion/term-hash';
import { makerOf, type ActiveModel } from '../persistence/active-model';
import type { TenantDatabase } from '../persistence/tenant-database';
import { searchSql, type SearchShape } from './search-sql';
import { EXACT_SETTINGS, INDEX_SETTINGS, type VectorRouting } from './vector-routing';

interface SearchRow extends FoundChunk {
  readonly chunksSearched: number;
  readonly totalIdf: number;
}

/** Nothing found: the one row that says how much was searched. */
type EmptyRow = Pick<SearchRow, 'chunksSearched' | 'totalIdf'> & { readonly [Field in keyof FoundChunk]: null };

/** Which state of the corpus is searched. */
interface CorpusState {
  readonly epoch: number;
  /** Null: the versions that were the latest in that state. */
  readonly validAt: Date | null;
  /** More chunks in sight than are compared one by one. */
  readonly isLarge: boolean;
}

type Found = Pick<FoundChunks, 'chunks' | 'chunksSearched' | 'totalIdf' | 'vectorRoute'>;

export class PostgresChunkReader extends ChunkReader {
  constructor(
    private readonly database: TenantDatabase,
    private readonly model: ActiveModel,
    private readonly routing: VectorRouting,
  ) {
    super();
  }

  search(request: ChunkQuery): Promise<FoundChunks> {
    return this.database.snapshot(request.tenantId, async (manager) => {
      const { validAt, knownAt, atEpoch } = request.asOf;
      const asOf = validAt !== null || knownAt !== null || atEpoch !== undefined;
      const filtered = !isUnfiltered(request.filter);
      const exact = request.exact || asOf || filtered || request.vector === null;
      const state = await this.stateOf(manager, request, exact ? Infinity : this.routing.exactMaxChunks);
      const found = await this.run(manager, { asOf, filtered, exact: !state.isLarge }, request, state);
      const tokenCodes = await this.tokenCodesOf(manager, request, found.chunks);
      return { ...found, tokenCodes, corpusEpoch: state.epoch, validAt: state.validAt };
    });
  }

  /** A statement of its own: a few rows by their key, and nothing where the search does not need them. */
  private async tokenCodesOf(
    manager: EntityManager,
    { tenantId, vector, tokenCodesFor }: ChunkQuery,
    chunks: readonly FoundChunk[],
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const wanted = tokenCodesFor?.(chunks) ?? [];
    if (wanted.length === 0) return new Map();
    const rows = await manager.query<{ chunkId: string; codes: Uint8Array }[]>(
      `SELECT c.public_id AS "chunkId", t.codes FROM unnest($2::uuid[]) AS f(public_id)
         JOIN chunks c ON c.tenant_id = $1 AND c.public_id = f.public_id
         JOIN chunk_tokens t ON t.tenant_id = $1 AND t.chunk_id = c.id AND t.model_version = ${makerOf(vector, this.model).version}`,
      [tenantId, wanted],
    );
    return new Map(rows.map(({ chunkId, codes }) => [chunkId, codes]));
  }

  private async run(
    manager: EntityManager,
    shape: Pick<SearchShape, 'asOf' | 'filtered' | 'exact'>,
    request: ChunkQuery,
    state: CorpusState,
  ): Promise<Found> {
    const { version: modelVersion, dimensions } = makerOf(request.vector, this.model);
    const sql = searchSql({ ...shape, modelVersion, dimensions, vectorType: this.routing.vectorType });
    const rows = await manager.query<(SearchRow | EmptyRow)[]>(sql, parametersOf(request, state.validAt, state.epoch));
    const chunks = rows.filter((row) => row.chunkId !== null).map(({ chunksSearched: _n, totalIdf: _idf, ...chunk }) => chunk);
    const chunksSearched = rows[0]?.chunksSearched ?? 0;
    if (!shape.exact && chunks.filter(({ vectorRank }) => vectorRank !== null).length < Math.min(request.depth, chunksSearched)) {
      // The index gave up before it had found as many as there are: a tenant that is small among its neighbours.
      await manager.query(EXACT_SETTINGS);
      return this.run(manager, { ...shape, exact: true }, request, state);
    }
    const vectorRoute = request.vector === null ? null : shape.exact ? 'exact' : 'index';
    return { chunks, chunksSearched, totalIdf: rows[0]?.totalIdf ?? 0, vectorRoute };
  }

  /** Sets up the index search of a tenant with more than `exactMaxChunks` on the way. */
  private async stateOf(manager: EntityManager, { tenantId, asOf }: ChunkQuery, exactMaxChunks: number): Promise<CorpusState> {
    const [row] = await manager.query<{ present: string; asked: string | null; settings: string | null }[]>(
      `SELECT s.corpus_epoch AS present, (SELECT max(e.epoch) FROM corpus_epochs e WHERE e.tenant_id = $1 AND e.at <= $2::timestamptz) AS asked,
              CASE WHEN s.n > $3::int8 THEN ${INDEX_SETTINGS} END AS settings
         FROM tenant_stats s WHERE s.tenant_id = $1`,
      [tenantId, asOf.knownAt, Number.isFinite(exactMaxChunks) ? exactMaxChunks : null],
    );
    const known = asOf.knownAt === null ? Number(row?.present ?? 0) : Number(row?.asked ?? 0);
    return {
      epoch: asOf.atEpoch ?? known,
      validAt: asOf.validAt ?? (asOf.knownAt === null ? null : new Date()),
      isLarge: (row?.settings ?? null) !== null,
    };
  }
}

/** In the order of `searchSql`. */
export function parametersOf(
  { tenantId, vector, terms, termWeights, filter, depth }: ChunkQuery,
  validAt: Date | null,
  epoch: number,
): unknown[] {
  return [
    ...[tenantId, vector === null ? null : String(toSql(Array.from(vector))), terms.map(termHash), depth, validAt ?? 'infinity', epoch],
    ...[filter.docTypes, filter.departments, filter.languages, filter.tags, filter.filenames, filter.documentIds],
    ...[filter.createdAfter, filter.createdBefore, terms.map((term) => termWeights?.get(term) ?? 1)],
  ];
}
