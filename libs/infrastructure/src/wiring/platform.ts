import type { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import type { Log } from '@aegis/application/shared/log';
import { ConfigurationError } from '../configuration/configuration-error';
import type { Settings } from '../configuration/settings';
import { openEmbeddingModel } from '../providers/embedding-model/registry';
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

  constructor(
    readonly settings: Settings,
    readonly log: Log,
    readonly database: DatabasePlatform,
    readonly embeddingModel: EmbeddingModel,
    readonly languageModel: FallbackLanguageModel,
  ) {}

  /** Only the first call closes: an application that fails half-way may have closed its platform or not. */
  close(): Promise<void> {
    return (this.closed ??= this.closeAll());
  }

  private async closeAll(): Promise<void> {
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
  const embeddingModel = await openEmbeddingModel(settings.embedding).catch(notUsable('embedding'));
  try {
    const { identity } = embeddingModel;
    const model = { name: identity.name, digest: identity.digest, dimensions: identity.dimensions };
    const database = await openDatabase(settings, model, root, () => {
      log.error({ stage: 'database' }, 'the embedded database has died');
      onLost();
    });
    return new Platform(settings, log, database, embeddingModel, languageModel);
  } catch (error) {
    await embeddingModel.close();
    throw error;
  }
}

async function openLanguageModel(settings: Settings, log: Log): Promise<FallbackLanguageModel> {
  const { model, why } = await chooseLanguageModel(
    settings.languageModel,
    settings.languageModelFallbacks,
    ({ from, to, failure }) =>
      log.warn(
        { provider: from.provider, model: from.model, detail: `${failure.reason}, ${to.provider} answers` },
        'language model failed',
      ),
    AbortSignal.timeout(START_TIMEOUT_MS),
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
