import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import type { Log } from '@aegis/application/shared/log';
import { withDeadline } from '@aegis/application/shared/with-deadline';
import { ConfigurationError } from '../configuration/configuration-error';
import type { Settings } from '../configuration/settings';
import { followServingModel, type ServingModel } from '../persistence/serving-model';
import { openEmbeddingModel } from '../providers/embedding-model/registry';
import { ServingEmbeddingModel } from '../providers/embedding-model/serving-embedding-model';
import type { FallbackLanguageModel } from '../providers/language-model/fallback-language-model';
import { chooseLanguageModel } from '../providers/language-model/choose-language-model';
import { PinoLog } from '../telemetry/logger';
import { PrettyLines } from '../telemetry/pretty-lines';
import { openDatabase, type DatabasePlatform } from './database-platform';

/** What must be opened before anything can be wired, and closed after everything else. */
export class Platform {
  /** Called after a commit that left something to do; the dispatcher of this process, if it has one, listens. */
  readonly wake: { listener: () => void } = { listener: () => undefined };

  private closed: Promise<void> | null = null;
  private readonly stopFollowing: () => void;

  constructor(
    readonly settings: Settings,
    readonly log: Log,
    readonly database: DatabasePlatform,
    readonly embeddingModel: EmbeddingModel,
    readonly languageModel: FallbackLanguageModel,
  ) {
    // The embedded database belongs to this process: nobody else moves its tenants while it runs.
    const follow = database.connections.embedded ? () => () => undefined : followServingModel;
    this.stopFollowing = follow(database.connections, database.model, (name) =>
      log.error({ model: name, detail: 'restart this process with that model' }, 'another embedding model serves now'),
    );
  }

  /** Only the first call closes: an application that fails half-way may have closed its platform or not. */
  close(): Promise<void> {
    return (this.closed ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
    this.stopFollowing();
    await this.database.close();
    await this.embeddingModel.close();
  }
}

/** What `start` makes of something open; that is closed when `start` fails, and the failure of `start` is what is said. */
export async function closedOnFailure<Open extends { close(): Promise<unknown> }, Result>(
  open: Open,
  start: (open: Open) => Promise<Result>,
): Promise<Result> {
  try {
    return await start(open);
  } catch (error) {
    await open.close().catch(() => undefined);
    throw error;
  }
}

const START_TIMEOUT_MS = 3_000;

/**
 * Opens what the settings ask for; what was opened already is closed again when something fails. `onLost` is called when the embedded
 * database has died: the process can do no work any more, and should end.
 */
export async function openPlatform(
  settings: Settings,
  root: string,
  name: 'api' | 'worker' | 'cli',
  onLost: () => void = () => undefined,
): Promise<Platform> {
  const log = new PinoLog({
    level: settings.logLevel,
    name,
    ...(settings.logFormat === 'pretty' && { destination: new PrettyLines(process.stdout) }),
  });
  // The models go first: what is wrong with them costs no database. They say it in one sentence, which becomes the start's.
  const languageModel = await openLanguageModel(settings, log).catch(notUsable('language'));
  const opened = await openEmbeddingModels(settings);
  try {
    const models = opened.map(({ identity: { name, digest, dimensions } }) => ({ name, digest, dimensions }));
    const database = await openDatabase(settings, models, root, {
      lost: () => {
        log.error({ stage: 'database' }, 'the embedded database has died');
        onLost();
      },
      indexing: () => log.info({ stage: 'database' }, 'a tenant has become large: its vectors are indexed once, the start waits for it'),
    });
    const embeddingModel = embeddingModelOf(opened, database.model);
    return new Platform(settings, log, database, embeddingModel, languageModel);
  } catch (error) {
    await Promise.all(opened.map((model) => model.close()));
    throw error;
  }
}

/** The configured one, and the one beside it where there is one. */
async function openEmbeddingModels({ embedding, nextEmbedding }: Settings): Promise<readonly EmbeddingModel[]> {
  const first = await openEmbeddingModel(embedding).catch(notUsable('embedding'));
  if (nextEmbedding === null) return [first];
  const next = await openEmbeddingModel(nextEmbedding).catch(async (error: unknown) => {
    await first.close();
    return notUsable('embedding')(error);
  });
  return [first, next];
}

function embeddingModelOf(opened: readonly EmbeddingModel[], serving: ServingModel): EmbeddingModel {
  const [only] = opened;
  if (opened.length === 1 && only !== undefined) return only;
  const models = opened.flatMap((model) => {
    const known = serving.known.find(({ name }) => name === model.identity.name);
    return known === undefined ? [] : [{ known, model }];
  });
  return new ServingEmbeddingModel(models, serving);
}

async function openLanguageModel(settings: Settings, log: Log): Promise<FallbackLanguageModel> {
  const { model, why } = await withDeadline(START_TIMEOUT_MS, (signal) =>
    chooseLanguageModel(
      settings.languageModel,
      settings.languageModelFallbacks,
      ({ from, to, failure }) =>
        log.warn(
          { provider: from.provider, model: from.model, detail: `${failure.reason}, ${to.provider} answers` },
          'language model failed',
        ),
      signal,
    ),
  );
  log.info({ ...model.identity, detail: why }, 'language model chosen');
  return model;
}

const notUsable =
  (kind: 'language' | 'embedding') =>
  (error: unknown): never => {
    if (!(error instanceof Error)) throw error;
    throw new ConfigurationError([`the ${kind} model cannot be used: ${error.message}`], error);
  };
