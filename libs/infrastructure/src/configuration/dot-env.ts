import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { errorCode } from '../system/error-code';
import { readSettings, type Settings } from './settings';

/** Adds to `env` what `.env` in the folder says and `env` does not, so that other code of the process sees it too (TZ, TMPDIR). */
export function completeFromDotEnv(env: NodeJS.ProcessEnv, folder: string): void {
  for (const [name, value] of Object.entries(parseEnv(dotEnv(folder)))) env[name] ??= value;
}

/** The settings of an environment that is completed from `.env`; throws ConfigurationError with all that is wrong. */
export function loadSettings(env: NodeJS.ProcessEnv, folder: string, root: string): Settings {
  completeFromDotEnv(env, folder);
  return readSettings(env, root);
}

function dotEnv(folder: string): string {
  try {
    return readFileSync(join(folder, '.env'), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
