import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { INDEX_SETTINGS_SQL } from '@aegis/infrastructure/retrieval/vector-routing';
import { Client } from 'pg';
import { bareRows, BareSearch, ONE_PLAN_SETTINGS, searchStatements, type BareQuery, type BareRow } from '../vector-search/bare-search';
import type { Peer, PeerOptions } from './peer';
import { readProductCorpus } from './product-corpus';
import { readTenantSizes } from './reference-files';

/**
 * The statements of AEGIS, kept as AEGIS keeps them, sent by bare `pg`: what is left when everything around them is taken away. Variant `rls`:
 * the runtime role, the tenant signed for the policy. Variant `superuser`: no policy applies.
 */
export async function openPeer({ variant, folder }: PeerOptions): Promise<Peer> {
  const { model, vectorTenants } = readProductCorpus(folder);
  const sizes = readTenantSizes(folder);
  const statements = await searchStatements(model);
  const underPolicy = variant === 'rls';
  const client = new Client(process.env[underPolicy ? 'DATABASE_URL' : 'DATABASE_BOOTSTRAP_URL']);
  await client.connect();

  const bare = new BareSearch(client, statements);
  const settings = INDEX_SETTINGS_SQL.replaceAll(', true)', ', false)');
  let isPrepared: boolean | null = null;

  async function withoutPolicy(query: BareQuery): Promise<readonly BareRow[]> {
    if (isPrepared !== !query.exact) {
      // Once for a size of tenant.
      await client.query(query.exact ? 'RESET ALL' : `SELECT ${settings}`);
      for (const setting of ONE_PLAN_SETTINGS) await client.query(`SET ${setting}`);
      isPrepared = !query.exact;
    }
    return bareRows(client, statements, query);
  }

  return {
    load: () => Promise.resolve(),

    async search({ tenant, vector, k }) {
      const exact = (sizes.get(tenant) ?? 0) <= statements.exactMaxChunks;
      const query = { tenantId: TenantId.parse(vectorTenants[tenant] ?? ''), vector, depth: k, exact };
      return (await (underPolicy ? bare.search(query) : withoutPolicy(query)))
        .map(({ chunkId: id, similarity, content, filename: title }) => ({ id, score: similarity ?? NaN, content, title }))
        .sort((a, b) => b.score - a.score);
    },

    async backends() {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      return rows.map(({ pid }) => pid);
    },

    close: () => client.end(),
  };
}
