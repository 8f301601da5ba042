import { join } from 'node:path';
import type { Settings } from '../configuration/settings';
import { findConfiguredModels, type ActiveModel } from '../persistence/active-model';
import { assertSafeToStart } from '../persistence/boot-check';
import { Connections } from '../persistence/connections';
import { EmbeddedDatabase } from '../persistence/embedded/embedded-database';
import { releaseLeases } from '../persistence/embedded/release-leases';
import { bootstrap, indexVectors, migrate, type RegisteredModel } from '../persistence/migrate';
import { ServingModel } from '../persistence/serving-model';
import { TenantContextSigner } from '../persistence/tenant-context-signer';
import { TenantDatabase } from '../persistence/tenant-database';
import { hasVectorIndex } from '../persistence/vector-index';
import type { VectorRouting } from '../retrieval/vector-routing';
import { derivedKey } from '../system/derived-key';

const POOL_SIZE = 4;
const CONTEXT_KEY_ID = 1;

/** The database as the running system sees it. */
export interface DatabasePlatform {
  readonly connections: Connections;
  readonly tenants: TenantDatabase;
  readonly model: ServingModel;
  readonly routing: VectorRouting;
  /** Where the embedded engine is reached as any role; null natively, where the owner has an address of its own. */
  readonly engineUrl: string | null;
  close(): Promise<void>;
}

export const contextSigner = (secretKey: string): TenantContextSigner =>
  new TenantContextSigner(CONTEXT_KEY_ID, derivedKey(secretKey, 'context'));

/** What the embedded engine has to say of itself. */
export interface EngineNotices {
  /** It has died. */
  lost(): void;
  /** The start takes longer: a tenant has become large, and vectors are indexed now. */
  indexing(): void;
}

const NOBODY_LISTENS: EngineNotices = { lost: () => undefined, indexing: () => undefined };

/** Embedded: starts the engine and brings it up to date. Native: `aegis migrate` did that; a database that is not ready is refused. The first of the models is the configured one, others are beside it. */
export async function openDatabase(
  settings: Settings,
  models: readonly RegisteredModel[],
  root: string,
  notices = NOBODY_LISTENS,
): Promise<DatabasePlatform> {
  const signer = contextSigner(settings.secretKey);
  if (settings.database.kind === 'embedded') return openEmbedded(settings, signer, models, root, notices);
  const connections = await Connections.open({ urls: settings.database.urls, poolSize: POOL_SIZE });
  try {
    await assertSafeToStart(connections);
    const routing = { vectorType: 'halfvec', exactMaxChunks: settings.exactMaxChunks } as const;
    return { ...(await ready(connections, signer, models)), routing, engineUrl: null, close: () => connections.close() };
  } catch (error) {
    await connections.close();
    throw error;
  }
}

async function openEmbedded(
  settings: Settings,
  signer: TenantContextSigner,
  models: readonly RegisteredModel[],
  root: string,
  notices: EngineNotices,
): Promise<DatabasePlatform> {
  const engine = await EmbeddedDatabase.open(settings.dataFolder, () => notices.lost());
  try {
    await bootstrap(engine.url, join(root, 'deploy', 'bootstrap.sql'), {});
    await migrate(engine.url, signer, models);
    await releaseLeases(engine.url);
    const connections = await Connections.open({ urls: { embedded: engine.url }, poolSize: POOL_SIZE });
    const close = async () => {
      await connections.close();
      await engine.close();
    };
    const opened = await ready(connections, signer, models);
    const isIndexed = await withVectorIndex(connections, engine.url, opened.model, settings.exactMaxChunks, notices);
    const routing = { vectorType: 'vector', exactMaxChunks: isIndexed ? settings.exactMaxChunks : Infinity } as const;
    return { ...opened, routing, engineUrl: engine.url, close };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * Whether there is an index. It is built once a tenant has become large, at the next start: a build takes seconds for a thousand vectors, and the
 * one connection of the engine is everybody's.
 */
async function withVectorIndex(
  connections: Connections,
  engineUrl: string,
  model: ActiveModel,
  exactMaxChunks: number,
  notices: EngineNotices,
): Promise<boolean> {
  const found = await connections.transaction('app_admin', async (manager) => {
    const [tenants] = await manager.query<{ largest: string | null }[]>('SELECT max(n) AS largest FROM tenant_stats');
    return { largest: Number(tenants?.largest ?? 0), isIndexed: await hasVectorIndex(manager, model) };
  });
  if (found.isIndexed || found.largest <= exactMaxChunks) return found.isIndexed;
  notices.indexing();
  await indexVectors(engineUrl, model);
  return true;
}

async function ready(connections: Connections, signer: TenantContextSigner, models: readonly RegisteredModel[]) {
  signer.clockOffsetMs = await connections.clockOffsetMs();
  const model = new ServingModel(await findConfiguredModels(connections, models));
  return { connections, tenants: new TenantDatabase(connections, signer), model };
}
