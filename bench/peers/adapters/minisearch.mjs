import MiniSearch from 'minisearch';
import { batches } from './reference-files.mjs';

/** MiniSearch in memory, words only: one index, the tenant as a stored field in `filter`, everything else by its defaults. */

/** @returns {Promise<import('../peer').Peer>} */
export function openPeer({ folder }) {
  const index = new MiniSearch({ fields: ['content'], storeFields: ['tenant', 'title', 'content'] });
  return Promise.resolve({
    async load() {
      for await (const batch of batches(folder)) index.addAll(batch.map(({ vector: _vector, ...about }) => about));
    },

    search({ tenant, question, k }) {
      const found = index.search(question, { filter: (result) => result['tenant'] === tenant });
      return Promise.resolve(found.slice(0, k).map(({ id, score, content, title }) => ({ id, score, content, title })));
    },

    close: () => Promise.resolve(),
  });
}
