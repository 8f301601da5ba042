import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { queryTerms } from '@aegis/domain/shared/query-terms';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { PostgresChunkReader } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchMemories } from '@aegis/infrastructure/retrieval/search-memories';
import { runtimeBackends } from '../vector-search/measure';
import { openProductDatabase, productSettings } from '../vector-search/product-database';
import type { Peer, PeerOptions, PeerRow } from './peer';
import { readProductCorpus } from './product-corpus';

/** AEGIS as its own use cases search: the chunk reader, as the runtime role. Variant `text`: its words alone. */
export async function openPeer({ variant, folder }: PeerOptions): Promise<Peer> {
  const { model, vectorTenants, textTenants } = readProductCorpus(folder);
  const database = await openProductDatabase(model);
  const reader = new PostgresChunkReader(
    database.tenants,
    database.model,
    database.routing,
    searchMemories(productSettings().searchMemories),
  );
  const isText = variant === 'text';
  const scoreOf = ({ similarity, bm25 }: FoundChunk): number => (isText ? bm25 : (similarity ?? NaN));
  return {
    load: () => Promise.resolve(),

    async search({ tenant, vector, question, k }) {
      const { chunks } = await reader.search({
        tenantId: TenantId.parse((isText ? textTenants : vectorTenants)[tenant] ?? ''),
        vector: isText ? null : vector,
        terms: isText ? queryTerms(question) : [],
        filter: NO_FILTER,
        asOf: { validAt: null, knownAt: null },
        depth: k,
        exact: false,
      });
      const rows = chunks.map((chunk): PeerRow => ({
        id: chunk.chunkId,
        score: scoreOf(chunk),
        content: chunk.content,
        title: chunk.filename,
      }));
      return rows.sort((a, b) => b.score - a.score);
    },

    backends: () => runtimeBackends(database),

    close: () => database.close(),
  };
}
