import type { ActiveModel, ConfiguredModels, KnownModel } from './active-model';
import type { Connections } from './connections';

/** The model that serves at this moment; it changes once, when `aegis reindex` has moved the deployment to another one. */
export class ServingModel implements ActiveModel {
  version: number;
  dimensions: number;
  readonly known: readonly KnownModel[];

  constructor({ known, serving }: ConfiguredModels) {
    this.known = known;
    this.version = serving.version;
    this.dimensions = serving.dimensions;
  }

  serve({ version, dimensions }: ActiveModel): void {
    this.version = version;
    this.dimensions = dimensions;
  }
}

const LOOK_EVERY_MS = 2_000;

/**
 * Looks which model serves, every two seconds. `onUnknown` is told, once, of one that this process has not open: it goes on with its own,
 * whose vectors stay for a while, and must be restarted with the new configuration. Returns how to stop.
 */
export function followServingModel(connections: Connections, model: ServingModel, onUnknown: (name: string) => void): () => void {
  let told = false;
  const look = async (): Promise<void> => {
    const serving = await servingModel(connections);
    if (serving === undefined || serving.version === model.version) return;
    const known = model.known.find(({ version }) => version === serving.version);
    if (known !== undefined) model.serve(known);
    else if (!told) onUnknown(serving.name);
    told ||= known === undefined;
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS).unref(); // a database that is away is said elsewhere
  return () => clearInterval(timer);
}

export async function servingModel(connections: Connections): Promise<{ readonly version: number; readonly name: string } | undefined> {
  const [row] = await connections.transaction(
    'app_admin',
    (manager) =>
      manager.query<{ version: number; name: string }[]>(
        `SELECT model_version AS version, name FROM embedding_models WHERE state = 'ready'`,
      ),
    { readOnly: true },
  );
  return row;
}
