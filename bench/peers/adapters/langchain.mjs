import { PGVectorStore } from '@langchain/community/vectorstores/pgvector';
import { batches, readSet } from './reference-files.mjs';

/**
 * LangChain.js `PGVectorStore`, as its documentation sets it up: one table, the tenant in the metadata and in the filter, `createHnswIndex`.
 * Variant `iterative` searches the same table with pgvector's iterative scan, which LangChain leaves to the connection's settings.
 */
const TABLE = 'langchain_chunks';
const ITERATIVE = '-c hnsw.iterative_scan=strict_order -c hnsw.ef_search=100';

/** The vectors are there already: nothing may ask for another. */
const NO_MODEL = {
  embedDocuments: () => Promise.reject(new Error('vectors are given')),
  embedQuery: () => Promise.reject(new Error('vectors are given')),
};

/** @param {import('../peer').PeerOptions} options @returns {Promise<import('../peer').Peer>} */
export async function openPeer({ variant, folder }) {
  const { dimensions } = readSet(folder);
  const name = `peers langchain ${variant}`;
  const store = await PGVectorStore.initialize(NO_MODEL, {
    postgresConnectionOptions: {
      connectionString: process.env['PEERS_DATABASE_URL'],
      application_name: name,
      max: 2, // one is kept by the store
      ...(variant === 'iterative' && { options: ITERATIVE }),
    },
    tableName: TABLE,
    columns: { idColumnName: 'id', vectorColumnName: 'vector', contentColumnName: 'content', metadataColumnName: 'metadata' },
    distanceStrategy: 'cosine',
    dimensions,
  });
  return {
    async load() {
      if (variant === 'iterative') return;
      for await (const batch of batches(folder)) {
        await store.addVectors(
          batch.map(({ vector }) => Array.from(vector)),
          batch.map(({ content, tenant, title }) => ({ pageContent: content, metadata: { tenant, title } })),
          { ids: batch.map(({ id }) => id) },
        );
      }
      await store.createHnswIndex({ dimensions, m: 16, efConstruction: 128 });
      await store.pool.query(`VACUUM (ANALYZE) ${TABLE}`);
    },

    async search({ tenant, vector, k }) {
      const found = await store.similaritySearchVectorWithScore(Array.from(vector), k, { tenant });
      return found.map(([{ id = '', pageContent, metadata }, distance]) => ({
        ...{ id, score: 1 - distance, content: pageContent, title: metadata['title'] },
      }));
    },

    async backends() {
      const { rows } = await store.pool.query('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [name]);
      return rows.map(({ pid }) => pid);
    },

    async diskBytes() {
      const { rows } = await store.pool.query('SELECT pg_total_relation_size($1::regclass) AS bytes', [TABLE]);
      return Number(rows[0].bytes);
    },

    close: () => store.end(),
  };
}
