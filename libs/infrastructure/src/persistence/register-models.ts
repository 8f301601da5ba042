import type { DataSource, EntityManager } from 'typeorm';
import type { ActiveModel } from './active-model';
import type { RegisteredModel } from './migrate';
import { buildVectorIndex, dropVectorIndex } from './vector-index';

/**
 * The first model that a deployment registers serves at once, later ones when `aegis reindex` has moved the tenants to them; without
 * tenants there is nothing to move. The index of what serves is built here; that of a model to come after its vectors are there.
 */
export async function registerModels(owner: DataSource, models: readonly RegisteredModel[], withIndex: boolean): Promise<void> {
  for (const { name, digest, dimensions } of models) {
    await owner.query(
      `INSERT INTO embedding_models (model_version, name, digest, dims, state)
       SELECT coalesce(max(model_version), 0) + 1, $1, $2, $3, CASE WHEN bool_or(state = 'ready') THEN 'building' ELSE 'ready' END FROM embedding_models
       ON CONFLICT (name) DO NOTHING`,
      [name, digest, dimensions],
    );
  }
  const [configured] = models;
  if (configured !== undefined && !(await hasTenants(owner))) await serve(owner, configured.name);
  const [serving] = await owner.query<ActiveModel[]>(
    `SELECT model_version AS version, dims AS dimensions FROM embedding_models WHERE state = 'ready'`,
  );
  if (withIndex && serving !== undefined) await buildVectorIndex(owner, serving);
  await dropOldIndexes(owner);
}

/** Nobody is searched through them any more; whoever goes back to such a model has its index built anew. */
async function dropOldIndexes(owner: DataSource): Promise<void> {
  const retired = await owner.query<Pick<ActiveModel, 'version'>[]>(
    `SELECT model_version AS version FROM embedding_models WHERE state = 'retired' AND retired_at < clock_timestamp() - interval '7 days'`,
  );
  for (const model of retired) await dropVectorIndex(owner, model);
}

/** A model that was retired is not one whose vectors may go any more. */
export function prepare(owner: DataSource, name: string): Promise<void> {
  return asOwner(owner, async (manager) => {
    await manager.query(`UPDATE embedding_models SET state = 'building', retired_at = NULL WHERE state = 'retired' AND name = $1`, [name]);
  });
}

/** From its commit on every new query is served by this model. */
export function serve(owner: DataSource, name: string): Promise<void> {
  return asOwner(owner, async (manager) => {
    await manager.query(
      `UPDATE embedding_models SET state = 'retired', retired_at = clock_timestamp() WHERE state = 'ready' AND name <> $1`,
      [name],
    );
    await manager.query(`UPDATE embedding_models SET state = 'ready', retired_at = NULL WHERE state <> 'ready' AND name = $1`, [name]);
  });
}

/** In the transaction only: on the embedded engine a role of the session would be everybody's. */
const asOwner = (owner: DataSource, work: (manager: EntityManager) => Promise<void>): Promise<void> =>
  owner.transaction(async (manager) => {
    await manager.query('SET LOCAL ROLE app_owner');
    await work(manager);
  });

/** The owner sees no row of a tenant table; who finds keys may see that there are tenants. */
async function hasTenants(owner: DataSource): Promise<boolean> {
  await owner.query('SET ROLE app_auth');
  const [row] = await owner.query<{ found: boolean }[]>('SELECT EXISTS (SELECT FROM tenants WHERE deleted_at IS NULL) AS found');
  await owner.query('SET ROLE app_owner');
  return row?.found ?? true;
}
