import type { Connections } from './connections';
import type { RegisteredModel } from './migrate';

/** The vectors that this deployment writes and searches. */
export interface ActiveModel {
  readonly version: number;
  readonly dimensions: number;
}

/** A configured model as the database knows it. */
export interface KnownModel extends ActiveModel, RegisteredModel {}

/** The deployment cannot start with this model: the sentence says what to do. */
export class ModelNotUsable extends Error {
  override readonly name = 'ModelNotUsable';
}

/** All that are configured, and the one of them that serves; vectors of different models are never compared. */
export interface ConfiguredModels {
  readonly known: readonly KnownModel[];
  readonly serving: KnownModel;
}

/** Throws ModelNotUsable where a configured model is not registered or is another one, and where tenants have vectors of none of them. */
export function findConfiguredModels(connections: Connections, models: readonly RegisteredModel[]): Promise<ConfiguredModels> {
  return connections.transaction(
    'app_admin',
    async (manager) => {
      const rows = await manager.query<(KnownModel & { readonly state: string; readonly tenants: boolean })[]>(
        `SELECT m.model_version AS version, m.name, m.digest, m.dims AS dimensions, m.state,
                EXISTS (SELECT FROM tenants t WHERE t.active_model = m.model_version AND t.deleted_at IS NULL) AS tenants
           FROM embedding_models m ORDER BY m.model_version`,
      );
      const known = models.map((model) => registered(model, rows));
      const needed = rows.find((row) => (row.tenants || row.state === 'ready') && !known.some(({ version }) => version === row.version));
      if (needed !== undefined) throw new ModelNotUsable(otherVectors(needed.name, known));
      const serving = rows.find(({ state }) => state === 'ready');
      if (serving === undefined) throw new ModelNotUsable('No embedding model serves: run "npm run aegis -- migrate".');
      return { known, serving };
    },
    { readOnly: true },
  );
}

function registered(model: RegisteredModel, rows: readonly KnownModel[]): KnownModel {
  const found = rows.find(({ name }) => name === model.name);
  if (found === undefined) {
    throw new ModelNotUsable(
      `The embedding model ${model.name} is not registered: run "npm run aegis -- migrate" with the same configuration.`,
    );
  }
  if (found.dimensions !== model.dimensions || found.digest !== model.digest) {
    throw new ModelNotUsable(
      `The embedding model ${model.name} is not the one that is registered under this name (its weights or dimensions differ). Give the new weights another EMBEDDING_MODEL name.`,
    );
  }
  const { version, name, digest, dimensions } = found;
  return { version, name, digest, dimensions };
}

const otherVectors = (name: string, known: readonly KnownModel[]): string =>
  `There are tenants whose vectors were made with ${name}: set EMBEDDING_MODEL back to it. To move to ${known[0]?.name ?? 'another model'}, ` +
  'configure that one as EMBEDDING_NEXT_PROVIDER and EMBEDDING_NEXT_MODEL beside it and run "npm run aegis -- reindex".';

/** Which of several models made a vector: a search that is under way while the deployment moves to another one stays with its own. */
const makers = new WeakMap<Float32Array, ActiveModel>();

export const rememberMaker = (vector: Float32Array, model: ActiveModel): void => void makers.set(vector, model);

export const makerOf = (vector: Float32Array | null | undefined, serving: ActiveModel): ActiveModel =>
  (vector === null || vector === undefined ? undefined : makers.get(vector)) ?? serving;
