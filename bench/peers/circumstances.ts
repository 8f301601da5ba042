import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from 'pg';

const PEERS = resolve('bench', 'peers');

/** The machine, the programs and their versions, a line each. */
export async function aboutTheRun(superuser: Client): Promise<readonly string[]> {
  const { rows } = await superuser.query<{ server: string; vector: string }>(
    `SELECT current_setting('server_version') AS server, (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector`,
  );
  const { server = '?', vector = '?' } = rows[0] ?? {};
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, Node ${process.version}`,
    `PostgreSQL ${server.split(' ')[0] ?? ''}, pgvector ${vector}; ${peerVersions().join(', ')}`,
  ];
}

/** As package.json asks for them. */
function peerVersions(): string[] {
  const manifest = JSON.parse(readFileSync(join(PEERS, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;
  const wanted = { ...manifest['dependencies'], ...manifest['optionalDependencies'] };
  const shown = ['@langchain/community', '@llamaindex/postgres', '@lancedb/lancedb', '@orama/orama', 'minisearch', 'hnswlib-node'];
  return shown.flatMap((name) => (existsSync(join(PEERS, 'node_modules', name)) ? [`${name} ${wanted[name] ?? ''}`] : []));
}
