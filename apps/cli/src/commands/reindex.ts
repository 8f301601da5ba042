import type { Command } from 'commander';
import { Reindex, type ReindexOutcome, type ReindexProgress } from '@aegis/application/ingestion/reindex';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { ownerSource, type OwnerSource } from '@aegis/infrastructure/persistence/migrate';
import { ServingEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/serving-embedding-model';
import { PostgresReindexStore } from '@aegis/infrastructure/retrieval/postgres-reindex-store';
import { openPlatform, type Platform } from '@aegis/infrastructure/wiring/platform';
import { ROOT } from '../config';
import { CommandFailed } from '../exit-codes';
import type { CommandContext } from './command-context';
import { numberBetween } from './option-values';

const MIN_RECALL = 0.98;
/** Longer than other processes take to see which model serves, and than anything that they have begun before. */
const SETTLE_MS = 5_000;

interface ReindexOptions {
  readonly model?: string;
  readonly minRecall: number;
  readonly json?: true;
}

export function addReindex(program: Command, context: CommandContext): void {
  program
    .command('reindex')
    .description('make the vectors of another embedding model, check them, and move everybody to it; may be stopped and begun again')
    .option('--model <name>', 'the configured model to move to (default: the one of EMBEDDING_NEXT_*)')
    .option('--min-recall <share>', 'of the nearest chunks that its index must find', numberBetween(0, 1), MIN_RECALL)
    .option('--json', 'one JSON value instead of text')
    .action((options: ReindexOptions) => run(options, context));
}

async function run(options: ReindexOptions, context: CommandContext): Promise<void> {
  const settings = context.config.settings();
  if (settings.nextEmbedding === null) {
    throw new ConfigurationError([
      'EMBEDDING_NEXT_* is not set: configure the model to move to beside EMBEDDING_*, for the API and the workers too',
    ]);
  }
  const ownerUrl = settings.database.kind === 'native' ? context.config.migrationUrls().owner : undefined;
  if (settings.database.kind === 'native' && ownerUrl === undefined) {
    throw new ConfigurationError(['DATABASE_OWNER_URL must be the address of the database as app_migrator']);
  }
  const platform = await openPlatform({ ...settings, logLevel: 'error' }, ROOT, 'cli');
  try {
    const owner = await ownerSource(platform.database.engineUrl ?? ownerUrl ?? '').initialize();
    try {
      await move(platform, owner, options, context);
    } finally {
      await owner.destroy();
    }
  } finally {
    await platform.close();
  }
}

async function move(
  { database, embeddingModel }: Platform,
  owner: OwnerSource,
  options: ReindexOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, signal } = context;
  const names = database.model.known.map(({ name }) => name);
  const name = options.model ?? names[1] ?? '';
  const target = embeddingModel instanceof ServingEmbeddingModel ? embeddingModel.named(name) : undefined;
  if (target === undefined) throw new ConfigurationError([`--model must be a configured embedding model: ${names.join(' or ')}`]);
  const store = new PostgresReindexStore(database.connections, database.tenants, owner, target.known, database.routing);
  const report = (progress: ReindexProgress): void => terminal.progress(describe(progress));
  const { minRecall } = options;
  const outcome = await new Reindex(store, target.model).execute({ minRecall, settleMs: SETTLE_MS, report }, signal);
  if (options.json) terminal.printJson(asJson(name, outcome));
  else for (const line of linesOf(name, outcome)) terminal.print(line);
  if (!outcome.isServing) throw new CommandFailed(`The index of ${name} finds less than ${minRecall}: everybody stays where they were.`);
}

const STEPS: Record<ReindexProgress['step'], string> = {
  embed: 'embedding',
  index: 'building the index',
  measure: 'measuring what the index finds',
  move: 'moving the tenants',
};

const describe = ({ step, embedded }: ReindexProgress): string => `${STEPS[step]}  ${embedded} chunks embedded`;

function linesOf(name: string, { isServing, embedded, tokens, recalls }: ReindexOutcome): string[] {
  return [
    `${embedded} chunks embedded with ${name}, ${tokens} tokens.`,
    ...(recalls.length === 0 ? ['No tenant is large enough to be searched through the index: nothing to measure.'] : []),
    ...recalls.map(({ tenantId, chunks, recall }) => `${tenantId}  ${chunks} chunks  recall@10 ${recall.toFixed(4)}`),
    ...(isServing
      ? [`Everybody is served by ${name}. Make it EMBEDDING_* of the API and the workers before its predecessor's vectors go.`]
      : []),
  ];
}

const asJson = (model: string, { isServing, embedded, tokens, recalls }: ReindexOutcome) => ({
  model,
  serving: isServing,
  chunks_embedded: embedded,
  tokens,
  recall: recalls.map(({ tenantId, chunks, recall }) => ({ tenant_id: tenantId, chunks, recall })),
});
