import { Client } from 'pg';

const NAME = 'bench_peers';
/** An HNSW graph that does not fit is built several times slower: pgvector's own advice. */
const BUILD_MEMORY = '512MB';

/** A database for the peers on the same server, empty, with pgvector; leaves its address in PEERS_DATABASE_URL. */
export async function createPeerDatabase(superuserUrl: string): Promise<void> {
  await run(superuserUrl, [`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`, `CREATE DATABASE ${NAME}`]);
  const url = new URL(superuserUrl);
  url.pathname = NAME;
  process.env['PEERS_DATABASE_URL'] = url.href;
  await run(url.href, ['CREATE EXTENSION vector', `ALTER DATABASE ${NAME} SET maintenance_work_mem = '${BUILD_MEMORY}'`]);
}

export const dropPeerDatabase = (superuserUrl: string): Promise<void> =>
  run(superuserUrl, [`DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`]);

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
