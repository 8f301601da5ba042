import 'reflect-metadata';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { Pool } from 'pg';
import { productRoot } from '@aegis/infrastructure/configuration/product-root';
import { roleUrls } from '@aegis/infrastructure/configuration/role-urls';
import { readSettings, type Settings } from '@aegis/infrastructure/configuration/settings';
import { DATABASE_ROLES } from '@aegis/infrastructure/persistence/database-role';
import { openEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/registry';
import { chooseLanguageModel } from '@aegis/infrastructure/providers/language-model/choose-language-model';
import { ChildProcessTextExtractor } from '@aegis/infrastructure/providers/text-extractor/child-process-text-extractor';
import { readDocument } from '@aegis/infrastructure/providers/text-extractor/read-document';
import { PinoLog } from '@aegis/infrastructure/telemetry/logger';
import { NestLogger } from '@aegis/infrastructure/telemetry/nest-logger';
import { contextSigner, openDatabase } from '@aegis/infrastructure/wiring/database-platform';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { JobQueue } from '@aegis/application/shared/job-queue';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { createApp } from '../../../apps/api/src/create-app';
import { ProductionWorkerModule } from '../../../apps/worker/src/production-worker.module';
import type { Target, TargetDatabase } from './check';

const ROOT = productRoot(__dirname);

/**
 * Documents are read by the same readers, but in this process: starting a process for each takes longer than all the rest of a sequence,
 * and such a process knows one document and no tenant.
 */
ChildProcessTextExtractor.prototype.extract = (source) => readDocument(source, () => undefined);

/** A deployment of the proof's own: the real application in this process, so that guards of the code can be switched off too. */
export interface Deployment {
  readonly target: Target;
  /** Whether PostgreSQL writes down every statement: much, so only while somebody reads it. */
  logStatements(on: boolean): Promise<void>;
  close(): Promise<void>;
}

/** `environment` as for the server; on native PostgreSQL it must be migrated already, and `superuserUrl` opens what only its owner may. */
export async function openDeployment(environment: Readonly<Record<string, string>>, superuserUrl: string | null): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'aegis-proof-'));
  const settings = readSettings({ ...BASE, AEGIS_DATA_DIR: folder, AEGIS_STORAGE: `file:${join(folder, 'files')}`, ...environment }, ROOT);
  const lines: string[] = [];
  const platform = await openPlatform(settings, lines);
  const app = await createApp(platform);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const worker =
    settings.queue === 'bull'
      ? await NestFactory.createApplicationContext(ProductionWorkerModule.forRoot(platform), {
          ...{ abortOnError: false, logger: new NestLogger(platform.log) },
        })
      : null;
  const database = await openTargetDatabase(settings, superuserUrl);
  const target: Target = {
    url: `http://127.0.0.1:${portOf(app.getHttpServer().address())}`,
    administrator: settings.adminKey,
    database,
    sinks: {
      ...{ processLog: () => Promise.resolve(lines.join('')), filesFolder: settings.filesFolder },
      statementLog: () => (database.superuser === null ? Promise.resolve('') : statementsOf(database.superuser)),
      ring: (bell) => (worker ?? app).get(JobQueue).ring(bell),
    },
  };
  return {
    target,
    logStatements: (on) => (database.superuser === null ? Promise.resolve() : logStatements(database.superuser, on)),
    close: async () => {
      await Promise.all([...poolsOf(database)].map((pool) => pool.end()));
      await worker?.close();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Limits of rate are not what the proof is about: it asks as fast as it can. */
const BASE = { AEGIS_ADMIN_KEY: 'proof-admin-key-0123456789abcdef', LLM_PROVIDER: 'extractive', LOG_LEVEL: 'info', LOG_FORMAT: 'json', RATE_LIMIT_RPS: '10000', PORT: '0' }; // prettier-ignore

/** As the server opens it, but for its log, which stays here to be read. */
async function openPlatform(settings: Settings, lines: string[]): Promise<Platform> {
  const log = new PinoLog({ level: settings.logLevel, name: 'proof', destination: { write: (line: string) => void lines.push(line) } });
  const { model: languageModel } = await chooseLanguageModel(
    settings.languageModel,
    settings.languageModelFallbacks,
    () => undefined,
    AbortSignal.timeout(3_000),
  );
  const embeddingModel = await openEmbeddingModel(settings.embedding);
  const { name, digest, dimensions } = embeddingModel.identity;
  const database = await openDatabase(settings, [{ name, digest, dimensions }], ROOT);
  return new Platform(settings, log, database, embeddingModel, languageModel);
}

async function openTargetDatabase(settings: Settings, superuserUrl: string | null): Promise<TargetDatabase> {
  const signer = contextSigner(settings.secretKey);
  const sign = (tenantId: string, aheadMs = 0) => {
    signer.clockOffsetMs = aheadMs;
    return signer.sign(TenantId.parse(tenantId));
  };
  if (settings.database.kind === 'embedded') {
    // One superuser session for everybody: logging in is no boundary here, and what depends on it is told so.
    const socket = await socketFolderOf(settings.dataFolder);
    const pool = () => new Pool({ host: socket, user: 'postgres', database: 'postgres', max: 2 });
    return { runtime: pool(), runtimeUrl: `socket:${socket}`, reader: pool(), superuser: null, sign };
  }
  const { urls } = settings.database;
  return {
    runtime: new Pool({ connectionString: urls.app_runtime, max: 4 }),
    runtimeUrl: urls.app_runtime,
    reader: new Pool({ connectionString: urls.app_admin, max: 4 }),
    superuser: superuserUrl === null ? null : new Pool({ connectionString: superuserUrl, max: 2 }),
    sign,
  };
}

/** The database of a live deployment, where its address was given. */
export function openLiveDatabase(runtimeUrl: string, secretKey: string): TargetDatabase {
  const urls = roleUrls(runtimeUrl, DATABASE_ROLES, secretKey);
  const signer = contextSigner(secretKey);
  return {
    ...{ runtime: new Pool({ connectionString: urls.app_runtime, max: 4 }), runtimeUrl: urls.app_runtime },
    ...{ reader: new Pool({ connectionString: urls.app_admin, max: 4 }), superuser: null },
    sign: (tenantId, aheadMs = 0) => {
      signer.clockOffsetMs = aheadMs;
      return signer.sign(TenantId.parse(tenantId));
    },
  };
}

export const poolsOf = ({ runtime, reader, superuser }: TargetDatabase): readonly Pool[] =>
  superuser === null ? [runtime, reader] : [runtime, reader, superuser];

async function logStatements(superuser: Pool, on: boolean): Promise<void> {
  await superuser.query(`ALTER SYSTEM SET log_statement = '${on ? 'all' : 'none'}'`);
  await superuser.query('ALTER SYSTEM SET log_parameter_max_length = 0');
  await superuser.query('ALTER SYSTEM SET log_parameter_max_length_on_error = 0');
  await superuser.query('SELECT pg_reload_conf()');
}

/** Beside the data folder, where scripts/services.sh lets the server write. */
async function statementsOf(superuser: Pool): Promise<string> {
  const { rows } = await superuser.query<{ log: string }>(
    `SELECT pg_read_file(current_setting('data_directory') || '/../postgres.log') AS log`,
  );
  return rows[0]?.log ?? '';
}

/** The embedded engine's private socket, which its lock on the data folder names. */
async function socketFolderOf(dataFolder: string): Promise<string> {
  const files = (await readdir(dataFolder)).filter((name) => name.endsWith('.lock'));
  const lock = JSON.parse(await readFile(join(dataFolder, files[0] ?? ''), 'utf8')) as { readonly socketFolder: string };
  return lock.socketFolder;
}

function portOf(address: unknown): number {
  if (typeof address !== 'object' || address === null || !('port' in address)) throw new Error('the server does not listen');
  return Number(address.port);
}
