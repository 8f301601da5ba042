import { readSettings } from '@aegis/infrastructure/configuration/settings';
import type { RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import type { Settings } from '@aegis/infrastructure/configuration/settings';
import { openDatabase, type DatabasePlatform } from '@aegis/infrastructure/wiring/database-platform';
import { join, resolve } from 'node:path';

export const MODEL_FOLDER = join('models', 'multilingual-e5-small-ko-en');

/** The settings of the product in this environment, without what belongs to the run. */
export function productSettings(): Settings {
  const { DATABASE_OWNER_URL: _owner, DATABASE_BOOTSTRAP_URL: _superuser, AEGIS_SERVICES_DIR: _services, ...rest } = process.env;
  return readSettings(rest, resolve('.'));
}

/** Of the bundled model, which is opened for it. */
export async function bundledModel(): Promise<RegisteredModel> {
  const model = await OnnxEmbeddingModel.open({ directory: resolve(MODEL_FOLDER) });
  const { name, digest, dimensions } = model.identity;
  await model.close();
  return { name, digest, dimensions };
}

/** As the running system opens it: the runtime role, row-level security. */
export const openProductDatabase = (model: RegisteredModel): Promise<DatabasePlatform> =>
  openDatabase(productSettings(), [model], resolve('.'));
