import { connect, Index } from '@lancedb/lancedb';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { batches } from './reference-files.mjs';

/**
 * LanceDB in a folder: the tenant as a column with a bitmap index, `where` before the search. Variant `flat` compares every vector that is
 * left; `ivf-pq` searches its index on the same table with the defaults of its documentation, and looks at the best again uncompressed.
 */
const TABLE = 'chunks';
const REFINE = 10;
const ROWS_PER_WRITE = 5_000;

/** @param {import('../peer').PeerOptions} options @returns {Promise<import('../peer').Peer>} */
export async function openPeer({ variant, folder }) {
  const path = join(folder, 'lancedb');
  const database = await connect(path);
  const open = async () => database.openTable(TABLE);
  let table = (await database.tableNames()).includes(TABLE) ? await open() : undefined;
  return {
    async load() {
      if (variant === 'ivf-pq') {
        table = await open();
        return;
      }
      let rows = [];
      const write = async () => {
        if (table === undefined) table = await database.createTable(TABLE, rows);
        else await table.add(rows);
        rows = [];
      };
      for await (const batch of batches(folder)) {
        rows.push(...batch.map(({ vector, ...about }) => ({ ...about, vector: Array.from(vector) })));
        if (rows.length >= ROWS_PER_WRITE) await write();
      }
      if (rows.length > 0) await write();
      await table?.createIndex('tenant', { config: Index.bitmap() });
      await table?.createIndex('vector', { config: Index.ivfPq({ distanceType: 'cosine' }) });
      await table?.optimize();
    },

    async search({ tenant, vector, k }) {
      if (table === undefined) throw new Error('the table is not loaded');
      const query = table
        .vectorSearch(vector)
        .distanceType('cosine')
        .where(`tenant = '${tenant}'`)
        .select(['id', 'content', 'title', '_distance'])
        .limit(k);
      const rows = await (variant === 'flat' ? query.bypassVectorIndex() : query.refineFactor(REFINE)).toArray();
      return rows.map(({ id, content, title, _distance }) => ({ id, score: 1 - _distance, content, title }));
    },

    diskBytes: () => bytesIn(path),
    close: () => database.close(),
  };
}

/** @param {string} folder @returns {number} */
const bytesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size);
  }, 0);
