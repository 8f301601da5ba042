import { join } from 'node:path';
import type { Settings } from '../configuration/settings';
import { findConfiguredModels } from '../persistence/active-model';
import { assertSafeToStart } from '../persistence/boot-check';
import { Connections } from '../persistence/connections';
import { EmbeddedDatabase } from '../persistence/embedded/embedded-database';
import { releaseLeases } from '../persistence/embedded/release-leases';
import { bootstrap, migrate, type RegisteredModel } from '../persistence/migrate';
import { ServingModel } from '../persistence/serving-model';
import { TenantContextSigner } from '../persistence/tenant-context-signer';
import { TenantDatabase } from '../persistence/tenant-database';
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

/** Embedded: starts the engine and brings it up to date; `onLost` is called when it dies. Native: `aegis migrate` did that; a database that is not ready is refused. The first of the models is the configured one, others are beside it. */
export async function openDatabase(
  settings: Settings,
  models: readonly RegisteredModel[],
  root: string,
  onLost: () => void = () => undefined,
): Promise<DatabasePlatform> {
  const signer = contextSigner(settings.secretKey);
  if (settings.database.kind === 'embedded') return openEmbedded(settings, signer, models, root, onLost);
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
  onLost: () => void,
): Promise<DatabasePlatform> {
  const engine = await EmbeddedDatabase.open(settings.dataFolder, onLost);
  try {
    await bootstrap(engine.url, join(root, 'deploy', 'bootstrap.sql'), {});
    await migrate(engine.url, signer, models);
    await releaseLeases(engine.url);
    const connections = await Connections.open({ urls: { embedded: engine.url }, poolSize: POOL_SIZE });
    const close = async () => {
      await connections.close();
      await engine.close();
    };
    return {
      ...(await ready(connections, signer, models)),
      routing: { vectorType: 'vector', exactMaxChunks: Infinity },
      engineUrl: engine.url,
      close,
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function ready(connections: Connections, signer: TenantContextSigner, models: readonly RegisteredModel[]) {
  signer.clockOffsetMs = await connections.clockOffsetMs();
  const model = new ServingModel(await findConfiguredModels(connections, models));
  return { connections, tenants: new TenantDatabase(connections, signer), model };
}
