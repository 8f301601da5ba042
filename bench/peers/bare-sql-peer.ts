import type { FoundChunk } from '@aegis/application/retrieval/chunk-reader';
import { NO_FILTER } from '@aegis/domain/retrieval/search-filter';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { ONE_PLAN } from '@aegis/infrastructure/persistence/connections';
import { parametersOf } from '@aegis/infrastructure/retrieval/postgres-chunk-reader';
import { searchSql } from '@aegis/infrastructure/retrieval/search-sql';
import { INDEX_SETTINGS_SQL } from '@aegis/infrastructure/retrieval/vector-routing';
import { contextSigner } from '@aegis/infrastructure/wiring/database-platform';
import { Client, escapeLiteral } from 'pg';
import { openProductDatabase, productSettings } from '../vector-search/product-database';
import type { Peer, PeerOptions } from './peer';
import { readProductCorpus } from './product-corpus';
import { readTenantSizes } from './reference-files';

/** As AEGIS keeps its plans: one for all tenants. */
const ONE_PLAN_SETTINGS = Object.entries(ONE_PLAN).map(([name, value]) => `${name} = ${escapeLiteral(value)}`);

/**
 * The statement of AEGIS, kept as AEGIS keeps it, sent by bare `pg`: what is left when everything around it is taken away. Variant `rls`: the runtime role, the
 * tenant signed for the policy, three messages. Variant `superuser`: no policy applies, one message.
 */
export async function openPeer({ variant, folder }: PeerOptions): Promise<Peer> {
  const { model, vectorTenants } = readProductCorpus(folder);
  const sizes = readTenantSizes(folder);
  const signer = contextSigner(productSettings().secretKey);
  const { shape, exactMaxChunks } = await shapeOf(model);
  const underPolicy = variant === 'rls';
  const client = new Client(process.env[underPolicy ? 'DATABASE_URL' : 'DATABASE_BOOTSTRAP_URL']);
  await client.connect();

  const statements = { exact: searchSql({ ...shape, exact: true }), index: searchSql({ ...shape, exact: false }) };
  const settings = underPolicy ? INDEX_SETTINGS_SQL : INDEX_SETTINGS_SQL.replaceAll(', true)', ', false)');
  let isPrepared: boolean | null = null;

  const begin = (tenantId: TenantId, exact: boolean): string =>
    [
      'START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
      `SET LOCAL app.tenant_id = ${escapeLiteral(tenantId)}`,
      `SET LOCAL app.tenant_sig = ${escapeLiteral(signer.sign(tenantId))}`,
      ...ONE_PLAN_SETTINGS.map((setting) => `SET LOCAL ${setting}`),
      ...(exact ? [] : [`SELECT ${settings}`]),
    ].join('; ');

  return {
    load: () => Promise.resolve(),

    async search({ tenant, vector, k }) {
      const tenantId = TenantId.parse(vectorTenants[tenant] ?? '');
      const exact = (sizes.get(tenant) ?? 0) <= exactMaxChunks;
      const asked = { tenantId, vector, terms: [], filter: NO_FILTER, asOf: { validAt: null, knownAt: null }, depth: k, exact };
      if (underPolicy) await client.query(begin(tenantId, exact));
      else if (isPrepared !== !exact) {
        // Once for a size of tenant.
        await client.query(exact ? 'RESET ALL' : `SELECT ${settings}`);
        for (const setting of ONE_PLAN_SETTINGS) await client.query(`SET ${setting}`);
        isPrepared = !exact;
      }
      const [name, text] = exact ? ['exact', statements.exact] : ['index', statements.index];
      const { rows } = await client.query<FoundChunk>({ name, text, values: parametersOf(asked, null, 1) });
      if (underPolicy) await client.query('COMMIT');
      return rows
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

/** As the product would ask, which is looked up once. */
async function shapeOf(registered: Parameters<typeof openProductDatabase>[0]) {
  const database = await openProductDatabase(registered);
  const { version: modelVersion, dimensions } = database.model;
  const { vectorType, exactMaxChunks } = database.routing;
  await database.close();
  return { shape: { asOf: false, filtered: false, modelVersion, dimensions, vectorType }, exactMaxChunks };
}
