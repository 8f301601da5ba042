import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings } from '@aegis/infrastructure/configuration/settings';
import { openPlatform, type Platform } from '@aegis/infrastructure/wiring/platform';
import { createApp } from '../../apps/api/src/create-app';
import { copyOfTemplate } from './embedded-template';

export const ROOT = join(__dirname, '..', '..');
export const ADMIN_KEY = 'test-admin-key-0123456789abcdef0123';

/** On native PostgreSQL and Redis (`npm run test:production` says so), else on the embedded engine. */
export const onProduction = process.env['AEGIS_TEST_PROFILE'] === 'production';

export interface RunningAegis {
  readonly app: NestFastifyApplication;
  readonly platform: Platform;
  close(): Promise<void>;
}

/** The real application module over real parts, in this process; `environment` adds to what every test has. */
export async function startAegis(environment: Readonly<Record<string, string>> = {}): Promise<RunningAegis> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  if (!onProduction) await copyOfTemplate('aegis', folder, migrated);
  const platform = await openPlatform(readSettings({ ...baseEnvironment(folder), ...environment }, ROOT), ROOT, 'api');
  const app = await createApp(platform);
  await app.getHttpAdapter().getInstance().ready();
  const close = async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { app, platform, close };
}

const migrated = async (folder: string): Promise<void> =>
  (await openPlatform(readSettings(baseEnvironment(folder), ROOT), ROOT, 'api')).close();

/** What the tests need of the outer environment, and nothing else of it. */
function baseEnvironment(folder: string): Record<string, string> {
  const common = { AEGIS_ADMIN_KEY: ADMIN_KEY, LLM_PROVIDER: 'extractive', LOG_LEVEL: 'fatal', RATE_LIMIT_RPS: '10000', PORT: '0' };
  if (!onProduction) return { ...common, AEGIS_DATA_DIR: folder };
  const passed = ['DATABASE_URL', 'REDIS_URL', 'AEGIS_SECRET_KEY', 'AEGIS_STORAGE'].map((name) => [name, process.env[name] ?? ''] as const);
  return { ...common, AEGIS_PROFILE: 'production', AEGIS_DATA_DIR: folder, ...Object.fromEntries(passed) };
}
