import type { Connections } from './connections';
import type { RegisteredModel } from './migrate';

/** The vectors that this deployment writes and searches. */
export interface ActiveModel {
  readonly version: number;
  readonly dimensions: number;
}

/** The deployment cannot start with this model: the sentence says what to do. */
export class ModelNotUsable extends Error {
  override readonly name = 'ModelNotUsable';
}

/** The registered version of the configured model; vectors of tenants that were made with another one are never mixed with it. */
export async function findActiveModel(connections: Connections, model: RegisteredModel): Promise<ActiveModel> {
  return connections.transaction(
    'app_admin',
    async (manager) => {
      const [registered] = await manager.query<{ model_version: number; digest: string; dims: number }[]>(
        'SELECT model_version, digest, dims FROM embedding_models WHERE name = $1',
        [model.name],
      );
      if (registered === undefined) {
        throw new ModelNotUsable(
          `The embedding model ${model.name} is not registered: run "npm run aegis -- migrate" with the same configuration.`,
        );
      }
      if (registered.dims !== model.dimensions || registered.digest !== model.digest) {
        throw new ModelNotUsable(
          `The embedding model ${model.name} is not the one that is registered under this name (its weights or dimensions differ). Give the new weights another EMBEDDING_MODEL name.`,
        );
      }
      const [other] = await manager.query<{ name: string }[]>(
        `SELECT m.name FROM tenants t JOIN embedding_models m ON m.model_version = t.active_model
        WHERE t.deleted_at IS NULL AND t.active_model <> $1 LIMIT 1`,
        [registered.model_version],
      );
      if (other !== undefined) {
        throw new ModelNotUsable(`There are tenants whose vectors were made with ${other.name}: set EMBEDDING_MODEL back to it.`);
      }
      return { version: registered.model_version, dimensions: registered.dims };
    },
    { readOnly: true },
  );
}
