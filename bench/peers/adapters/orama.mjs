import { create, insertMultiple, search } from '@orama/orama';
import { batches, readSet } from './reference-files.mjs';

/** Orama in memory, vector search: the tenant as an `enum` in `where`. Its threshold of 0.8 is taken away, or rows would be missing. */

/** @param {import('../peer').PeerOptions} options @returns {Promise<import('../peer').Peer>} */
export async function openPeer({ folder }) {
  const { dimensions } = readSet(folder);
  const database = create({ schema: { tenant: 'enum', vector: `vector[${dimensions}]` } });
  return {
    async load() {
      for await (const batch of batches(folder)) {
        await insertMultiple(
          database,
          batch.map(({ vector, ...about }) => ({ ...about, vector: Array.from(vector) })),
          batch.length,
        );
      }
    },

    async search({ tenant, vector, k }) {
      const { hits } = await search(database, {
        mode: 'vector',
        vector: { value: Array.from(vector), property: 'vector' },
        where: { tenant: { eq: tenant } },
        similarity: -1,
        limit: k,
      });
      return hits.map(({ id, score, document }) => ({ id, score, content: document['content'], title: document['title'] }));
    },

    close: () => Promise.resolve(),
  };
}
