import { join } from 'node:path';
import type { Command } from 'commander';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import type { Settings } from '@aegis/infrastructure/configuration/settings';
import { bootstrap, migrate, type RegisteredModel } from '@aegis/infrastructure/persistence/migrate';
import { openEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/registry';
import { contextSigner } from '@aegis/infrastructure/wiring/database-platform';
import { ROOT } from '../config';
import type { CommandContext } from './command-context';
import { bootstrapPasswords } from './bootstrap-passwords';

export function addMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('bring a PostgreSQL database up to date (the embedded one does it itself at every start)')
    .option('--bootstrap', 'first make roles, extension and schema, as the superuser of DATABASE_BOOTSTRAP_URL')
    .option('--json', 'one JSON value instead of text')
    .action((options: MigrateOptions) => run(options, context));
}

interface MigrateOptions {
  readonly bootstrap?: true;
  readonly json?: true;
}

async function run(options: MigrateOptions, { config, terminal }: CommandContext): Promise<void> {
  const { runtime, owner, bootstrap: superuser } = config.migrationUrls();
  if (runtime === undefined) {
    throw new ConfigurationError(['DATABASE_URL is not set: without it AEGIS is on its embedded database, which needs no migrate']);
  }
  if (owner === undefined) throw new ConfigurationError(['DATABASE_OWNER_URL must be the address of the database as app_migrator']);
  const settings = config.settings();
  const models = await configuredModels(settings);
  if (options.bootstrap) {
    if (superuser === undefined)
      throw new ConfigurationError(['DATABASE_BOOTSTRAP_URL must be the address of the database as a superuser']);
    const passwords = bootstrapPasswords(runtime, owner, settings.secretKey);
    await bootstrap(superuser, join(ROOT, 'deploy', 'bootstrap.sql'), passwords);
    terminal.note('Roles, extension and schema are there.');
  }
  const done = await migrate(owner, contextSigner(settings.secretKey), models);
  if (options.json) terminal.printJson({ bootstrapped: options.bootstrap === true, migrations: done, embedding_model: models[0] });
  else {
    for (const name of done) terminal.print(`migrated ${name}`);
    const described = models.map(({ name, dimensions }) => `${name}, ${dimensions} dimensions`);
    terminal.print(`The database is up to date. Embedding model: ${described.join('; beside it ')}.`);
  }
}

/** The models are opened, not only named: their digests and dimensions are what the database registers. */
async function configuredModels({ embedding, nextEmbedding }: Settings): Promise<readonly RegisteredModel[]> {
  const models: RegisteredModel[] = [];
  for (const config of nextEmbedding === null ? [embedding] : [embedding, nextEmbedding]) {
    const model = await openEmbeddingModel(config);
    const { name, digest, dimensions } = model.identity;
    await model.close();
    models.push({ name, digest, dimensions });
  }
  return models;
}
