import hnswlib from 'hnswlib-node';
import { batches, readSet } from './reference-files.mjs';

/**
 * The limit: hnswlib in memory with an index for every tenant, built and searched as ours are (m 16, ef_construction 128, ef 100). No
 * database, no filter, nothing durable: what the algorithm alone costs.
 */
const SEED = 100;

/** @param {import('../peer').PeerOptions} options @returns {Promise<import('../peer').Peer>} */
export function openPeer({ folder }) {
  const { dimensions, tenants } = readSet(folder);
  const indexes = new Map();
  /** @type {{ id: string, content: string, title: string }[]} */
  const rows = [];
  return Promise.resolve({
    async load() {
      for (const { name, chunks } of tenants) {
        const index = new hnswlib.HierarchicalNSW('cosine', dimensions);
        index.initIndex({ maxElements: chunks, m: 16, efConstruction: 128, randomSeed: SEED });
        index.setEf(100);
        indexes.set(name, index);
      }
      for await (const batch of batches(folder)) {
        for (const { tenant, vector, ...about } of batch) indexes.get(tenant).addPoint(Array.from(vector), rows.push(about) - 1);
      }
    },

    search({ tenant, vector, k }) {
      const index = indexes.get(tenant);
      const { neighbors, distances } = index.searchKnn(Array.from(vector), Math.min(k, index.getCurrentCount()));
      return Promise.resolve(neighbors.map((label, at) => ({ ...rows[label], score: 1 - distances[at] })));
    },

    close: () => Promise.resolve(),
  });
}
