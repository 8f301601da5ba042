import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import type { ChunkQuery } from '@aegis/application/retrieval/chunk-reader';
import { BM25_B as B, BM25_K1 as K1 } from '@aegis/domain/shared/bm25-terms';
import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { termHash } from '../ingestion/term-hash';
import { LexicalLeg, type DecodedTerm } from './lexical-leg';
import { TERMS_SQL } from './search-sql';

/** Of a term besides its entries. */
const OVERHEAD_BYTES = 400;
/** On the wire (`TERMS_SQL`), and here too. */
const ENTRY_BYTES = 16;

export interface DecodedTermsOptions {
  /** 0: nothing is kept. */
  readonly maxBytes: number;
}

/** The present of a tenant's corpus, which an epoch names. */
export interface PresentState {
  readonly tenantId: TenantId;
  readonly epoch: number;
  readonly chunks: number;
}

interface Kept {
  readonly tenantId: TenantId;
  readonly term: DecodedTerm;
}

/** A row of `TERMS_SQL`; without entries where no chunk has the term. */
export interface TermRow {
  readonly term: string;
  readonly logOdds: number;
  readonly averageLength: number;
  readonly entries: Buffer | null;
}

/**
 * Terms decoded in this process, for searches of the unfiltered present. Each belongs to one state of one tenant's corpus:
 * every publication and deletion makes another state, so that nothing has to be told to anybody, and what is not asked for any more goes.
 * Read in the tenant's own context; only numbers are kept, no text.
 */
export class DecodedTerms {
  private readonly terms: LRUCache<string, Kept>;

  constructor(private readonly options: DecodedTermsOptions) {
    const maxSize = Math.max(1, options.maxBytes);
    this.terms = new LRUCache({ maxSize, sizeCalculation: ({ term }) => OVERHEAD_BYTES + ENTRY_BYTES * term.chunkIds.length });
  }

  /** Whether a search of this present is to be tried here; undefined: nothing is known of it. */
  serves(state: PresentState | undefined): boolean {
    return this.options.maxBytes > 0 && state !== undefined;
  }

  /** Null where a term is not here. */
  leg(state: PresentState, { terms, termWeights, depth }: Pick<ChunkQuery, 'terms' | 'termWeights' | 'depth'>): LexicalLeg | null {
    const asked = terms.map((term) => ({ decoded: this.find(state, termHash(term)), weight: termWeights?.get(term) ?? 1 }));
    const known = asked.flatMap(({ decoded, weight }) => (decoded === null ? [] : [{ decoded, weight }]));
    return known.length === asked.length ? new LexicalLeg(known, depth) : null;
  }

  /** Those of the terms that are not here, in the transaction of a search; true of the state that this transaction sees. */
  read(manager: EntityManager, state: PresentState, terms: readonly string[]): Promise<readonly TermRow[]> {
    const missing = terms.map(termHash).filter((hash) => this.find(state, hash) === null);
    return manager.query<TermRow[]>(TERMS_SQL, [state.tenantId, missing]);
  }

  keep(state: PresentState, rows: readonly TermRow[]): void {
    for (const row of rows) this.terms.set(nameOf(state, row.term), { tenantId: state.tenantId, term: decoded(row) });
  }

  private find(state: PresentState, hash: string): DecodedTerm | null {
    const kept = this.terms.get(nameOf(state, hash));
    return kept?.tenantId === state.tenantId ? kept.term : null;
  }
}

const nameOf = ({ tenantId, epoch }: PresentState, hash: string): string => `${tenantId} ${epoch} ${hash}`;

/** The same operations in the same order as in `searchSql`, all of them exact in IEEE 754: the same bits. */
function decoded({ logOdds, averageLength, entries }: TermRow): DecodedTerm {
  const count = (entries?.length ?? 0) / ENTRY_BYTES;
  const chunkIds = new Float64Array(count);
  const saturations = new Float64Array(count);
  for (let at = 0, from = 0; entries !== null && at < count; at += 1, from += ENTRY_BYTES) {
    chunkIds[at] = entries.readUInt32BE(from) * 2 ** 32 + entries.readUInt32BE(from + 4);
    const [frequency, length] = [entries.readUInt32BE(from + 8), entries.readUInt32BE(from + 12)];
    saturations[at] = ((K1 + 1) * frequency) / (frequency + K1 * (1 - B) + (K1 * B * length) / averageLength);
  }
  return { logOdds, chunkIds, saturations };
}
