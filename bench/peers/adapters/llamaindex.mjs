import { MetadataMode, TextNode } from '@llamaindex/core/schema';
import { PGVectorStore } from '@llamaindex/postgres';
import pg from 'pg';
import { batches, readSet } from './reference-files.mjs';

/**
 * LlamaIndex.TS on `@llamaindex/postgres`: one table, a collection for each tenant ("simple segregation, e.g. by user or access-level"), the
 * indexes that it makes itself. It makes none for the vectors, so that it compares every one of the tenant's.
 */
const TABLE = 'llamaindex_chunks';
const NAME = 'peers llamaindex';

/** @param {import('../peer').PeerOptions} options @returns {Promise<import('../peer').Peer>} */
export async function openPeer({ folder }) {
  const { dimensions } = readSet(folder);
  const clientConfig = { connectionString: process.env['PEERS_DATABASE_URL'], application_name: NAME };
  // Given an embedding model it looks for none. Without `performSetup: false` every query would create the schema if it does not exist.
  const options = { clientConfig, tableName: TABLE, dimensions, embeddingModel: {} };
  const store = new PGVectorStore({ ...options, performSetup: false });
  const database = new pg.Client({ connectionString: process.env['PEERS_DATABASE_URL'] });
  await database.connect();
  return {
    async load() {
      const loading = new PGVectorStore(options);
      await loading.client();
      for await (const batch of batches(folder)) {
        loading.setCollection(batch[0]?.tenant ?? '');
        await loading.add(
          batch.map(
            ({ id, content, title, vector }) =>
              new TextNode({ id_: id, text: content, metadata: { title }, embedding: Array.from(vector) }),
          ),
        );
      }
      await (await loading.client()).close();
      await database.query(`VACUUM (ANALYZE) ${TABLE}`);
    },

    async search({ tenant, vector, k }) {
      store.setCollection(tenant);
      const {
        nodes = [],
        similarities,
        ids,
      } = await store.query({ queryEmbedding: Array.from(vector), similarityTopK: k, mode: 'default' });
      return nodes.map((node, at) => ({
        ...{
          id: ids[at] ?? '',
          score: similarities[at] ?? NaN,
          content: node.getContent(MetadataMode.NONE),
          title: node.metadata['title'],
        },
      }));
    },

    async backends() {
      const { rows } = await database.query('SELECT pid FROM pg_stat_activity WHERE application_name = $1', [NAME]);
      return rows.map(({ pid }) => pid);
    },

    async diskBytes() {
      const { rows } = await database.query('SELECT pg_total_relation_size($1::regclass) AS bytes', [TABLE]);
      return Number(rows[0].bytes);
    },

    async close() {
      await (await store.client()).close();
      await database.end();
    },
  };
}
