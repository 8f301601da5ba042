import { Client } from 'pg';
import { backendCpuMs } from '../vector-search/measure';
import type { DatabaseMs } from './measure';

const OUR_CONNECTIONS = `SELECT pid FROM pg_stat_activity WHERE usename LIKE 'app\\_%'`;

/** Of all connections of the product's roles that are open when it is asked for; one that was opened meanwhile began at 0. */
export async function databaseTime(): Promise<{ readonly usedMs: DatabaseMs; close(): Promise<void> }> {
  const client = new Client(process.env['DATABASE_BOOTSTRAP_URL']);
  await client.connect();
  const usedMs = async (): Promise<number> => {
    const { rows } = await client.query<{ pid: number }>(OUR_CONNECTIONS);
    return rows.reduce((sum, { pid }) => sum + backendCpuMs(pid), 0);
  };
  return { usedMs, close: () => client.end() };
}
