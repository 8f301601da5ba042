import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { completeFromDotEnv, loadSettings } from '@aegis/infrastructure/configuration/dot-env';
import { Environment } from '@aegis/infrastructure/configuration/environment';
import { productRoot } from '@aegis/infrastructure/configuration/product-root';
import type { Settings } from '@aegis/infrastructure/configuration/settings';

export const ROOT = productRoot(__dirname);

/** What the environment says to the command line, read when a command asks. */
export interface CliConfig {
  /** The folder that relative paths mean: under `npm run` that is where the person typed, not where the script runs. */
  readonly folder: string;
  readonly noColor: boolean;
  /** Everything, checked, as the server reads it. Throws ConfigurationError. */
  settings(): Settings;
  /** For commands that talk to a running server; undefined is what nobody said. */
  connection(): ServerDefaults;
  /** `DATABASE_URL`, and `DATABASE_OWNER_URL` and `DATABASE_BOOTSTRAP_URL`, which the server itself never uses. */
  migrationUrls(): MigrationUrls;
  /** The environment of the demo's own server: neither `.env` nor what belongs to another deployment. */
  demoEnvironment(): Readonly<Record<string, string>>;
}

export interface ServerDefaults {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly adminKey: string | undefined;
}

export interface MigrationUrls {
  readonly runtime: string | undefined;
  readonly owner: string | undefined;
  readonly bootstrap: string | undefined;
}

/** The machine's, and the model's where a person chose another one for the demo. */
const DEMO_NAMES = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_OPTIONS', 'LLM_PROVIDER', 'LLM_MODEL', 'OLLAMA_BASE_URL'];

export const processConfig: CliConfig = {
  folder: process.env['INIT_CWD'] ?? process.cwd(),
  noColor: (process.env['NO_COLOR'] ?? '') !== '',
  settings: () => loadSettings(process.env, process.cwd(), ROOT),
  connection: () => {
    completeFromDotEnv(process.env, process.cwd());
    const env = new Environment(process.env);
    const port = env.number('PORT', 8000, { min: 1, max: 65_535 });
    const apiKey = env.text('AEGIS_API_KEY');
    const adminKey = env.text('AEGIS_ADMIN_KEY') ?? keptAdminKey(env.text('AEGIS_DATA_DIR') ?? 'data');
    env.throwProblems();
    return { url: `http://127.0.0.1:${port}`, apiKey, adminKey };
  },
  migrationUrls: () => {
    completeFromDotEnv(process.env, process.cwd());
    const env = new Environment(process.env);
    const urls = {
      runtime: env.text('DATABASE_URL'),
      owner: env.text('DATABASE_OWNER_URL'),
      bootstrap: env.text('DATABASE_BOOTSTRAP_URL'),
    };
    env.throwProblems();
    return urls;
  },
  demoEnvironment: () =>
    Object.fromEntries(DEMO_NAMES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
};

/** The key that the embedded profile made for itself, where its data folder is ours to read. */
function keptAdminKey(dataFolder: string): string | undefined {
  const path = join(resolve(dataFolder), 'admin.key');
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new ConfigurationError([`${path} holds the admin key, and this user may not read it`]);
  }
}
