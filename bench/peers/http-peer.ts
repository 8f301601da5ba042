import { Client as Database } from 'pg';
import { Client } from '../search-endpoint/client';
import type { Peer, PeerOptions, PeerQuery, PeerRow } from './peer';
import { readProductCorpus } from './product-corpus';

/** Connections of the API as they call themselves; those of its workers do too, which wait meanwhile. */
const API_CONNECTIONS = `SELECT pid FROM pg_stat_activity WHERE usename LIKE 'app\\_%' AND application_name = 'aegis'`;

interface Result {
  readonly chunk_id: string;
  readonly score: number;
  readonly content: string;
  readonly filename: string;
}

/**
 * `POST /search` of a running API (BENCH_API_URL, AEGIS_ADMIN_KEY), with a key of the tenant: authenticated, recorded and audited before it is
 * answered. Processor time is that of the API and of all its connections.
 */
export async function openPeer({ folder }: PeerOptions): Promise<Peer> {
  const { BENCH_API_URL: url = '', AEGIS_ADMIN_KEY: adminKey = '', DATABASE_BOOTSTRAP_URL: superuserUrl } = process.env;
  if (url === '') throw new Error('BENCH_API_URL says nothing');
  const { vectorTenants } = readProductCorpus(folder);
  const administrator = new Client(url, adminKey, 1);
  const database = new Database(superuserUrl);
  await database.connect();
  const clients = new Map<string, Client>();

  const clientOf = async (tenant: string): Promise<Client> => {
    const known = clients.get(tenant);
    if (known !== undefined) return known;
    const path = `/admin/tenants/${vectorTenants[tenant] ?? ''}/api-keys`;
    const { status, body } = await administrator.call('POST', path, { name: 'bench peers', scopes: ['query'] });
    if (status !== 201) throw new Error(`a new key was answered ${status}: ${JSON.stringify(body)}`);
    const client = new Client(url, (body as { key: string }).key, 1);
    clients.set(tenant, client);
    return client;
  };

  const search = async ({ tenant, question, k }: PeerQuery): Promise<readonly PeerRow[]> => {
    const client = await clientOf(tenant);
    const { status, body } = await client.call('POST', '/search', {
      query: question,
      top_k: k,
      retrieval: { strategy: 'vector', rerank: false },
    });
    if (status !== 200) throw new Error(`a search was answered ${status}: ${JSON.stringify(body)}`);
    return (body as { results: readonly Result[] }).results.map(({ chunk_id: id, score, content, filename: title }) => ({
      ...{ id, score, content, title },
    }));
  };

  return {
    load: () => Promise.resolve(),
    search,

    /** The question's vector is remembered afterwards: embedding is no part of what is compared. */
    async prepare(queries) {
      for (const query of queries) await search(query);
    },

    async servingCpuMs() {
      const text = await (await fetch(`${url}/v1/metrics`)).text();
      return Number(/^process_cpu_seconds_total(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1] ?? NaN) * 1_000;
    },

    async backends() {
      const { rows } = await database.query<{ pid: number }>(API_CONNECTIONS);
      return rows.map(({ pid }) => pid);
    },

    async close() {
      for (const client of [administrator, ...clients.values()]) client.close();
      await database.end();
    },
  };
}
