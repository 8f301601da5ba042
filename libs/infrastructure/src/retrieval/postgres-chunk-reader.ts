import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { ChunkReader, type ChunkQuery, type FoundChunks, type FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { allEnded } from '@aegis/application/shared/all-ended';
import { isUnfiltered } from '@aegis/domain/retrieval/search-filter';
import { chunkText } from '@aegis/domain/shared/chunk-text';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from '../ingestion/term-hash';
import { makerOf, type ActiveModel } from '../persistence/active-model';
import { prepared } from '../persistence/prepared-statements';
import type { Statement } from '../persistence/connections';
import type { TenantDatabase } from '../persistence/tenant-database';
import type { PresentState } from './decoded-terms';
import type { LexicalLeg } from './lexical-leg';
import { withoutMemories, type Passage, type SearchMemories } from './search-memories';
import { PASSAGES_SQL, searchSql, type SearchShape } from './search-sql';
import { parametersOf, stateStatement, type CorpusState, type StateRow } from './search-statements';
import { EXACT_SETTINGS, INDEX_SETTINGS, type VectorRouting } from './vector-routing';

type Scores = Pick<FoundChunk, 'similarity' | 'vectorRank' | 'bm25Rank'>;
type WordScores = Pick<FoundChunk, 'bm25' | 'coveredIdf'>;

/** What the statement says of a chunk, or once with nulls where none was found: of the words only where it looked for them itself. */
export interface SearchRow extends Scores, Partial<WordScores> {
  readonly innerId: number | null;
  readonly chunksSearched?: number;
  readonly totalIdf?: number;
  /** By hashed term, in the first row. */
  readonly idf?: Readonly<Record<string, number>> | null;
  /** Of the tenant's present, where it was asked for. */
  readonly epoch?: number;
  readonly chunks?: number;
}

/** A row of `PASSAGES_SQL`. */
export type PassageRow = Omit<Passage, 'text'> & { readonly innerId: number };

/** What a search of the present needs to know of its state: nothing. */
const THE_PRESENT: CorpusState = { epoch: 0, validAt: null };

const REMEMBERED_TENANTS = 10_000;

/** What is read by its key. */
const PLANNED_ONCE = { plannedOnce: true };

type Shape = Pick<SearchShape, 'asOf' | 'filtered' | 'exact' | 'nearestOnly' | 'stated'>;

/** What is known of a search before it is made. */
interface Prospect {
  readonly shape: Omit<Shape, 'exact' | 'stated'>;
  /** The unfiltered present: of the rest every tenant has its own best plan, and is asked less often. */
  readonly isUsual: boolean;
  /** From how many chunks on the index is searched. */
  readonly exactMaxChunks: number;
  /** Whether it has so many, as far as is known. */
  readonly isLarge: boolean | undefined;
  /** The state whose words may be here. */
  readonly decodable: PresentState | undefined;
}

/** What the database answered, and what it was asked. */
interface Answered {
  readonly rows: readonly SearchRow[];
  readonly words: Words | undefined;
  readonly state: CorpusState;
  readonly exact: boolean;
}

/** The text leg, found already, in the state that it is true of. */
interface Words {
  readonly leg: LexicalLeg;
  readonly of: PresentState;
}

export class PostgresChunkReader extends ChunkReader {
  /** What the last search of a tenant saw of its present. Where it is not true any more, a search takes the slower way and finds the same. */
  private readonly lastSeen = new LRUCache<TenantId, PresentState>({ max: REMEMBERED_TENANTS });

  constructor(
    private readonly database: TenantDatabase,
    private readonly model: ActiveModel,
    private readonly routing: VectorRouting,
    private readonly memories: SearchMemories = withoutMemories(),
  ) {
    super();
  }

  async search(request: ChunkQuery): Promise<FoundChunks> {
    const { rows, words, state, exact } = await this.answered(request);
    const hashed = rows[0]?.idf ?? {};
    // What is read of a chunk never changes: it need not be of the same snapshot.
    const chunks = await this.completed(request.tenantId, rows, words?.leg);
    return {
      chunks,
      tokenCodes: await this.tokenCodesOf(request, chunks),
      chunksSearched: chunksIn(rows, words),
      totalIdf: words?.leg.totalIdf ?? rows[0]?.totalIdf ?? 0,
      idf: new Map(request.terms.map((term, at) => [term, words?.leg.idf[at] ?? hashed[termHash(term)] ?? 0])),
      vectorRoute: request.vector === null ? null : exact ? 'exact' : 'index',
      corpusEpoch: state.epoch,
      validAt: state.validAt,
    };
  }

  private async answered(request: ChunkQuery): Promise<Answered> {
    const prospect = this.prospectOf(request);
    const words = prospect.decodable && this.wordsIn(prospect.decodable, request);
    // The present is searched with nothing that its state says, but how large it is, and which it is for words that were decoded.
    if (prospect.shape.asOf || prospect.isLarge === undefined || words === null) return this.inSteps(request, prospect);
    const early = await this.atOnce(request, prospect, words);
    if (early === 'another state') return this.inSteps(request, this.prospectOf(request));
    return early === 'too few' ? this.inSteps(request, { ...prospect, isLarge: false }) : early;
  }

  private prospectOf({ tenantId, asOf, filter, exact, vector, nearestOnly = false }: ChunkQuery): Prospect {
    const isPresent = asOf.validAt === null && asOf.knownAt === null && asOf.atEpoch === undefined;
    const isUsual = isPresent && isUnfiltered(filter);
    const exactMaxChunks = exact || !isUsual || vector === null ? Infinity : this.routing.exactMaxChunks;
    const seen = this.lastSeen.get(tenantId);
    return {
      shape: { asOf: !isPresent, filtered: !isUnfiltered(filter), nearestOnly },
      isUsual,
      exactMaxChunks,
      isLarge: exactMaxChunks === Infinity ? false : seen && seen.chunks > exactMaxChunks,
      decodable: isUsual && !exact && this.memories.terms.serves(seen) ? seen : undefined,
    };
  }

  /** Of the present, in one message; or what was not true any more, so that it has to be searched again. */
  private async atOnce(
    request: ChunkQuery,
    { shape, isUsual, isLarge }: Prospect,
    words: Words | undefined,
  ): Promise<Answered | 'another state' | 'too few'> {
    const exact = isLarge !== true;
    const statement = this.searchStatement({ ...shape, exact, stated: true }, request, THE_PRESENT, words);
    const options = { plannedOnce: isUsual, ...(!exact && { settings: INDEX_SETTINGS }) };
    const rows = (await this.database.read(request.tenantId, statement, options)) as SearchRow[];
    const { epoch = 0, chunks = 0 } = rows[0] ?? {};
    this.lastSeen.set(request.tenantId, { tenantId: request.tenantId, epoch, chunks });
    if (words !== undefined && words.of.epoch !== epoch) return 'another state';
    return gaveUp(rows, words, exact, request) ? 'too few' : { rows, words, state: { epoch, validAt: null }, exact };
  }

  /** Whatever state it is, and whatever has to be read first. */
  private inSteps(request: ChunkQuery, { shape, isUsual, exactMaxChunks, isLarge: wasLarge, decodable }: Prospect): Promise<Answered> {
    const { tenantId } = request;
    const work = async (manager: EntityManager): Promise<Answered> => {
      // What is missing of the words travels with the question for the state.
      const { sql, parameters } = stateStatement(request, wasLarge === undefined ? exactMaxChunks : Infinity);
      const [states, missing] = await allEnded([
        manager.query<StateRow[]>(sql, [...parameters]),
        decodable && this.wordsIn(decodable, request) === null ? this.memories.terms.read(manager, decodable, request.terms) : [],
      ]);
      const state = this.seen(request, states);
      this.memories.terms.keep(state.present, missing);
      const words = (decodable && this.wordsIn(state.present, request)) ?? undefined;
      const run = (exact: boolean): Promise<SearchRow[]> => {
        const statement = this.searchStatement({ ...shape, exact }, request, state, words);
        return manager.query<SearchRow[]>(statement.sql, [...statement.parameters]);
      };
      // As it was, so is it searched: a statement is planned but once, and never with the settings of the other.
      const exact = !(wasLarge ?? state.isLarge);
      const rows = await run(exact);
      if (!gaveUp(rows, words, exact, request)) return { rows, words, state, exact };
      await manager.query(EXACT_SETTINGS);
      return { rows: await run(true), words, state, exact: true };
    };
    return this.database.snapshot(tenantId, work, { plannedOnce: isUsual, ...(wasLarge === true && { settings: INDEX_SETTINGS }) });
  }

  private wordsIn(of: PresentState, request: ChunkQuery): Words | null {
    const leg = this.memories.terms.leg(of, request);
    return leg && { leg, of };
  }

  /** A few rows by their key, and nothing where the search does not need them. */
  private async tokenCodesOf(
    { tenantId, vector, tokenCodesFor }: ChunkQuery,
    chunks: readonly FoundChunk[],
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const { version } = makerOf(vector, this.model);
    const read = async (missing: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => {
      const sql = prepared(
        `SELECT c.public_id AS "chunkId", t.codes FROM unnest($2::uuid[]) AS f(public_id)
           JOIN chunks c ON c.tenant_id = $1 AND c.public_id = f.public_id
           JOIN chunk_tokens t ON t.tenant_id = $1 AND t.chunk_id = c.id AND t.model_version = ${version}`,
      );
      const rows = (await this.database.read(tenantId, { sql, parameters: [tenantId, missing] }, PLANNED_ONCE)) as {
        chunkId: string;
        codes: Uint8Array;
      }[];
      return new Map(rows.map(({ chunkId, codes }) => [chunkId, codes]));
    };
    return this.memories.tokenCodes.of(tenantId, tokenCodesFor?.(chunks) ?? [], read, version);
  }

  private passagesOf(tenantId: TenantId, innerIds: readonly number[]): Promise<ReadonlyMap<number, Passage>> {
    return this.memories.passages.of(tenantId, innerIds, async (missing) => {
      const rows = (await this.database.read(
        tenantId,
        { sql: PASSAGES_SQL, parameters: [tenantId, missing] },
        PLANNED_ONCE,
      )) as PassageRow[];
      return new Map(rows.map(({ innerId, ...passage }) => [innerId, { ...passage, text: chunkText(passage) }]));
    });
  }

  private searchStatement(shape: Shape, request: ChunkQuery, state: CorpusState, words: Words | undefined): Statement {
    const { version: modelVersion, dimensions } = makerOf(request.vector, this.model);
    const sql = searchSql({ ...shape, wordsGiven: words !== undefined, modelVersion, dimensions, vectorType: this.routing.vectorType });
    const parameters = parametersOf(request, state.validAt, state.epoch, words?.leg.chunkIds);
    return { sql: shape.asOf || shape.filtered ? sql : prepared(sql), parameters };
  }

  /** In the order of the documents. What has no text in this tenant was not found. */
  private async completed(tenantId: TenantId, rows: readonly SearchRow[], words: LexicalLeg | undefined): Promise<FoundChunk[]> {
    const innerIds = rows.flatMap(({ innerId }) => (innerId === null ? [] : [innerId]));
    const passages = await this.passagesOf(tenantId, innerIds);
    const chunks = rows.flatMap(({ innerId, similarity, bm25 = 0, coveredIdf = 0, vectorRank, bm25Rank }) => {
      const passage = innerId === null ? undefined : passages.get(innerId);
      if (innerId === null || passage === undefined) return [];
      return [foundChunk(passage, { similarity, ...(words?.scoresOf(innerId) ?? { bm25, coveredIdf }), vectorRank, bm25Rank })];
    });
    return chunks.sort((a, b) => byText(a.documentId, b.documentId) || a.ordinal - b.ordinal);
  }

  private seen({ tenantId, asOf }: ChunkQuery, [row]: readonly StateRow[]): CorpusState & { present: PresentState; isLarge: boolean } {
    const present = { tenantId, epoch: Number(row?.present ?? 0), chunks: Number(row?.chunks ?? 0) };
    this.lastSeen.set(tenantId, present);
    return {
      epoch: asOf.atEpoch ?? (asOf.knownAt === null ? present.epoch : Number(row?.asked ?? 0)),
      validAt: asOf.validAt ?? (asOf.knownAt === null ? null : new Date()),
      present,
      isLarge: (row?.settings ?? null) !== null,
    };
  }
}

/** Chunks that could have been found. */
const chunksIn = (rows: readonly SearchRow[], words: Words | undefined): number => words?.of.chunks ?? rows[0]?.chunksSearched ?? 0;

/** Whether the index brought fewer than there are: a tenant that is small among its neighbours. */
const gaveUp = (rows: readonly SearchRow[], words: Words | undefined, exact: boolean, { depth }: ChunkQuery): boolean =>
  !exact && rows.filter(({ vectorRank }) => vectorRank !== null).length < Math.min(depth, chunksIn(rows, words));

/** Field by field: V8 takes some hundred times as long to spread a passage and to add its scores, a fifth of a millisecond for each search. */
const foundChunk = (
  { chunkId, documentId, filename, version, title, ordinal, page, section, kind, content, text }: Passage,
  { similarity, bm25, coveredIdf, vectorRank, bm25Rank }: Scores & WordScores,
): FoundChunk => ({
  chunkId,
  documentId,
  filename,
  version,
  title,
  ordinal,
  page,
  section,
  kind,
  content,
  text,
  similarity,
  bm25,
  coveredIdf,
  vectorRank,
  bm25Rank,
});

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
