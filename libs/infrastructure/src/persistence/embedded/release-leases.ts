import { Client } from 'pg';

/** Only one process works on an embedded folder, so at its start nobody holds a lease: what a killed process held goes on at once. */
export async function releaseLeases(url: string): Promise<void> {
  const client = new Client({ host: url.slice('socket:'.length), user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    await client.query(`UPDATE jobs SET lease_until = NULL, rung_at = NULL WHERE state IN ('queued', 'running')`);
  } finally {
    await client.end();
  }
}
