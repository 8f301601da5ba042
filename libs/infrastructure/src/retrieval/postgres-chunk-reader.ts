import { LRUCache } from 'lru-cache';
import { toSql } from 'pgvector';
import type { EntityManager } from 'typeorm';
import { ChunkReader, type ChunkQuery, type FoundChunks, type FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { allEnded } from '@aegis/application/shared/all-ended';
import { isUnfiltered } from '@aegis/domain/retrieval/search-filter';
import { chunkText } from '@aegis/domain/shared/chunk-text';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from '../ingestion/term-hash';
import { makerOf, type ActiveModel } from '../persistence/active-model';
import { prepared } from '../persistence/prepared-statements';
import type { TenantDatabase } from '../persistence/tenant-database';
import type { PresentState } from './decoded-terms';
import type { LexicalLeg } from './lexical-leg';
import { withoutMemories, type Passage, type SearchMemories } from './search-memories';
import { PASSAGES_SQL, searchSql, type SearchShape } from './search-sql';
import { EXACT_SETTINGS, INDEX_SETTINGS, INDEX_SETTINGS_SQL, type VectorRouting } from './vector-routing';

type Scores = Pick<FoundChunk, 'similarity' | 'vectorRank' | 'bm25Rank'>;
type WordScores = Pick<FoundChunk, 'bm25' | 'coveredIdf'>;

/** What the statement says of a chunk, or once with nulls where none was found: of the words only where it looked for them itself. */
export interface SearchRow extends Scores, Partial<WordScores> {
  readonly innerId: number | null;
  readonly chunksSearched?: number;
  readonly totalIdf?: number;
  /** By hashed term, in the first row. */
  readonly idf?: Readonly<Record<string, number>> | null;
}

/** A row of `PASSAGES_SQL`. */
export type PassageRow = Omit<Passage, 'text'> & { readonly innerId: number };

/** Which state of the corpus is searched. */
interface CorpusState {
  readonly epoch: number;
  /** Null: the versions that were the latest in that state. */
  readonly validAt: Date | null;
}

/** What a search of the present needs to know of its state: nothing. */
const THE_PRESENT: CorpusState = { epoch: 0, validAt: null };

const REMEMBERED_TENANTS = 10_000;

type Found = Pick<FoundChunks, 'chunks' | 'chunksSearched' | 'totalIdf' | 'idf' | 'vectorRoute'>;
type Shape = Pick<SearchShape, 'asOf' | 'filtered' | 'exact' | 'nearestOnly'>;

/** The text leg, found already, in the state that it is true of. */
interface Words {
  readonly leg: LexicalLeg;
  readonly of: PresentState;
}

/** The state of tenant $1 now, and at the moment $2; with more than $3 chunks the search of the transaction is set up to go by the index. */
const STATE_SQL = prepared(
  `SELECT s.corpus_epoch AS present, s.n AS chunks, (SELECT max(e.epoch) FROM corpus_epochs e WHERE e.tenant_id = $1 AND e.at <= $2::timestamptz) AS asked,
          CASE WHEN s.n > $3::int8 THEN ${INDEX_SETTINGS_SQL} END AS settings
     FROM tenant_stats s WHERE s.tenant_id = $1`,
);

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

  search(request: ChunkQuery): Promise<FoundChunks> {
    const { tenantId, asOf, filter, exact, vector } = request;
    const isPresent = asOf.validAt === null && asOf.knownAt === null && asOf.atEpoch === undefined;
    const isUsual = isPresent && isUnfiltered(filter);
    const exactMaxChunks = exact || !isUsual || vector === null ? Infinity : this.routing.exactMaxChunks;
    const seen = this.lastSeen.get(tenantId);
    const wasLarge = exactMaxChunks === Infinity ? false : seen && seen.chunks > exactMaxChunks;
    const decodable = isUsual && !exact && this.memories.terms.serves(seen) ? seen : undefined;
    const options = { plannedOnce: isUsual, ...(wasLarge === true && { settings: INDEX_SETTINGS }) };
    const work = async (manager: EntityManager): Promise<FoundChunks> => {
      const words = decodable && this.wordsIn(decodable, request);
      const shape = { asOf: !isPresent, filtered: !isUnfiltered(filter), nearestOnly: request.nearestOnly ?? false };
      // The present is searched with nothing that its state says, but how large it is, and which it is for words that were decoded: where that
      // is known the search travels with the question. What is missing of the words travels in its place.
      const [state, early, missing] = await allEnded([
        this.stateOf(manager, request, wasLarge === undefined ? exactMaxChunks : Infinity),
        !isPresent || wasLarge === undefined || words === null
          ? null
          : this.run(manager, { ...shape, exact: !wasLarge }, request, THE_PRESENT, words),
        decodable && words === null ? this.memories.terms.read(manager, decodable, request.terms) : [],
      ]);
      this.lastSeen.set(tenantId, state.present);
      this.memories.terms.keep(state.present, missing);
      const isStale = words && words.of.epoch !== state.present.epoch;
      // As it was, so is it searched: a statement is planned but once, and never with the settings of the other.
      const isLarge = wasLarge ?? state.isLarge;
      const wordsNow = () => (decodable && this.wordsIn(state.present, request)) ?? undefined;
      const found = early !== null && !isStale ? early : await this.run(manager, { ...shape, exact: !isLarge }, request, state, wordsNow());
      const tokenCodes = await this.tokenCodesOf(manager, request, found.chunks);
      return { ...found, tokenCodes, corpusEpoch: state.epoch, validAt: state.validAt };
    };
    return this.database.snapshot(tenantId, work, options);
  }

  private wordsIn(of: PresentState, request: ChunkQuery): Words | null {
    const leg = this.memories.terms.leg(of, request);
    return leg && { leg, of };
  }

  /** A statement of its own: a few rows by their key, and nothing where the search does not need them. */
  private async tokenCodesOf(
    manager: EntityManager,
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
      const rows = await manager.query<{ chunkId: string; codes: Uint8Array }[]>(sql, [tenantId, missing]);
      return new Map(rows.map(({ chunkId, codes }) => [chunkId, codes]));
    };
    return this.memories.tokenCodes.of(tenantId, tokenCodesFor?.(chunks) ?? [], read, version);
  }

  private passagesOf(manager: EntityManager, tenantId: TenantId, innerIds: readonly number[]): Promise<ReadonlyMap<number, Passage>> {
    return this.memories.passages.of(tenantId, innerIds, async (missing) => {
      const rows = await manager.query<PassageRow[]>(PASSAGES_SQL, [tenantId, missing]);
      return new Map(rows.map(({ innerId, ...passage }) => [innerId, { ...passage, text: chunkText(passage) }]));
    });
  }

  private async run(
    manager: EntityManager,
    shape: Shape,
    request: ChunkQuery,
    state: CorpusState,
    words: Words | undefined,
  ): Promise<Found> {
    const { version: modelVersion, dimensions } = makerOf(request.vector, this.model);
    const text = searchSql({ ...shape, wordsGiven: words !== undefined, modelVersion, dimensions, vectorType: this.routing.vectorType });
    // Of the past and of what is filtered every tenant has its own best plan, and is asked less often.
    const sql = shape.asOf || shape.filtered ? text : prepared(text);
    const parameters = parametersOf(request, state.validAt, state.epoch, words?.leg.chunkIds);
    const rows = await manager.query<SearchRow[]>(sql, parameters);
    const chunksSearched = words?.of.chunks ?? rows[0]?.chunksSearched ?? 0;
    if (!shape.exact && rows.filter(({ vectorRank }) => vectorRank !== null).length < Math.min(request.depth, chunksSearched)) {
      // The index gave up before it had found as many as there are: a tenant that is small among its neighbours.
      await manager.query(EXACT_SETTINGS);
      return this.run(manager, { ...shape, exact: true }, request, state, words);
    }
    const chunks = await this.completed(manager, request.tenantId, rows, words?.leg);
    const vectorRoute = request.vector === null ? null : shape.exact ? 'exact' : 'index';
    const hashed = rows[0]?.idf ?? {};
    const idf = new Map(request.terms.map((term, at) => [term, words?.leg.idf[at] ?? hashed[termHash(term)] ?? 0]));
    return { chunks, chunksSearched, totalIdf: words?.leg.totalIdf ?? rows[0]?.totalIdf ?? 0, idf, vectorRoute };
  }

  /** In the order of the documents. What has no text in this tenant was not found. */
  private async completed(
    manager: EntityManager,
    tenantId: TenantId,
    rows: readonly SearchRow[],
    words: LexicalLeg | undefined,
  ): Promise<FoundChunk[]> {
    const innerIds = rows.flatMap(({ innerId }) => (innerId === null ? [] : [innerId]));
    const passages = await this.passagesOf(manager, tenantId, innerIds);
    const chunks = rows.flatMap(({ innerId, similarity, bm25 = 0, coveredIdf = 0, vectorRank, bm25Rank }) => {
      const passage = innerId === null ? undefined : passages.get(innerId);
      if (innerId === null || passage === undefined) return [];
      return [foundChunk(passage, { similarity, ...(words?.scoresOf(innerId) ?? { bm25, coveredIdf }), vectorRank, bm25Rank })];
    });
    return chunks.sort((a, b) => byText(a.documentId, b.documentId) || a.ordinal - b.ordinal);
  }

  /** Sets up the index search of a tenant with more than `exactMaxChunks` on the way. */
  private async stateOf(
    manager: EntityManager,
    { tenantId, asOf }: ChunkQuery,
    exactMaxChunks: number,
  ): Promise<CorpusState & { readonly present: PresentState; readonly isLarge: boolean }> {
    const [row] = await manager.query<{ present: string; chunks: string; asked: string | null; settings: string | null }[]>(STATE_SQL, [
      tenantId,
      asOf.knownAt,
      Number.isFinite(exactMaxChunks) ? exactMaxChunks : null,
    ]);
    const present = { tenantId, epoch: Number(row?.present ?? 0), chunks: Number(row?.chunks ?? 0) };
    return {
      epoch: asOf.atEpoch ?? (asOf.knownAt === null ? present.epoch : Number(row?.asked ?? 0)),
      validAt: asOf.validAt ?? (asOf.knownAt === null ? null : new Date()),
      present,
      isLarge: (row?.settings ?? null) !== null,
    };
  }
}

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

/** Digits of vectors that are remembered with their questions, 8 KB each. */
const texts = new LRUCache<Float32Array, string>({ max: 1_000 });

/** A vector as pgvector reads it. */
function textOf(vector: Float32Array): string {
  const known = texts.get(vector);
  if (known !== undefined) return known;
  const text = String(toSql(Array.from(vector)));
  texts.set(vector, text);
  return text;
}

/** In the order of `searchSql`; `words`: the text leg, where it was found already. */
export function parametersOf(
  { tenantId, vector, terms, termWeights, filter, depth }: ChunkQuery,
  validAt: Date | null,
  epoch: number,
  words?: readonly number[],
): unknown[] {
  return [
    ...[tenantId, vector === null ? null : textOf(vector), words ?? terms.map(termHash), depth, validAt ?? 'infinity', epoch],
    ...[filter.docTypes, filter.departments, filter.languages, filter.tags, filter.filenames, filter.documentIds],
    ...[filter.createdAfter, filter.createdBefore],
    ...(words === undefined ? [terms.map((term) => termWeights?.get(term) ?? 1)] : []),
  ];
}
