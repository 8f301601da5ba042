import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { productRoot } from '@aegis/infrastructure/configuration/product-root';
import { readSettings, type Settings } from '@aegis/infrastructure/configuration/settings';

export const ROOT = productRoot(__dirname);

/** The environment, completed from `.env`; throws ConfigurationError with all that is wrong. */
export function readConfig(): Settings {
  const file = join(process.cwd(), '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  return readSettings(process.env, ROOT);
}
