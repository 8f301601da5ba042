import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliConfig } from '../../apps/cli/src/config';
import { describeFailure } from '../../apps/cli/src/exit-codes';
import { createProgram } from '../../apps/cli/src/program';
import { Terminal } from '../../apps/cli/src/terminal/terminal';
import { createApp } from '../../apps/api/src/create-app';
import { readSettings } from '@aegis/infrastructure/configuration/settings';
import { openPlatform } from '@aegis/infrastructure/wiring/platform';
import { ADMIN_KEY, onProduction, ROOT } from '../support/aegis';
import { ApiClient, newTenant } from '../support/api-client';
import { EmbeddingProtocolServer } from '../support/embedding-protocol-server';

const MINUTES = 60_000;
/** On PostgreSQL the move concerns the whole deployment, and other tests are on it. */
const describeAlone = onProduction ? describe.skip : describe;

describeAlone('aegis reindex, from the bundled model to one behind Ollama’s protocol', () => {
  let folder: string;
  let server: EmbeddingProtocolServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'aegis-reindex-'));
    server = await EmbeddingProtocolServer.start(48);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const bundled = {};
  const next = { EMBEDDING_NEXT_PROVIDER: 'ollama', EMBEDDING_NEXT_MODEL: 'letters' };
  const letters = { EMBEDDING_PROVIDER: 'ollama', EMBEDDING_MODEL: 'letters' };
  const environment = (models: Readonly<Record<string, string>>): Record<string, string> => ({
    ...{
      AEGIS_ADMIN_KEY: ADMIN_KEY,
      AEGIS_DATA_DIR: folder,
      LLM_PROVIDER: 'extractive',
      LOG_LEVEL: 'fatal',
      RATE_LIMIT_RPS: '10000',
      PORT: '0',
    },
    ...{ OLLAMA_BASE_URL: server.origin, ...models },
  });

  async function served<T>(models: Readonly<Record<string, string>>, work: (app: NestFastifyApplication) => Promise<T>): Promise<T> {
    const app = await createApp(await openPlatform(readSettings(environment(models), ROOT), ROOT, 'api'));
    try {
      await app.getHttpAdapter().getInstance().ready();
      return await work(app);
    } finally {
      await app.close();
    }
  }

  /** The command as `npm run aegis -- reindex …` runs it. */
  async function reindex(models: Readonly<Record<string, string>>, ...options: string[]): Promise<string> {
    const said: string[] = [];
    const stream = { write: (text: string) => said.push(text) };
    const config: CliConfig = {
      folder,
      noColor: true,
      settings: () => readSettings(environment(models), ROOT),
      connection: () => ({ url: '', apiKey: undefined, adminKey: undefined }),
      migrationUrls: () => ({ runtime: undefined, owner: undefined, bootstrap: undefined }),
      demoEnvironment: () => ({}),
    };
    const context = { config, terminal: new Terminal(stream, stream, true), signal: new AbortController().signal };
    await createProgram(context).parseAsync(['reindex', ...options], { from: 'user' });
    return said.join('');
  }

  const failureOfStart = (models: Readonly<Record<string, string>>): Promise<string> =>
    openPlatform(readSettings(environment(models), ROOT), ROOT, 'api').then(async (platform) => {
      await platform.close();
      return '';
    }, describeFailure);

  const asked = () => server.requests.flatMap(({ body }) => body['input'] as string[]);

  it(
    'keeps every document findable, refuses a start without the model that serves, and goes back',
    async () => {
      const search = async (app: NestFastifyApplication, key: string) =>
        (await new ApiClient(app, key).post('/search', { query: '연차 휴가는 며칠인가요?' })).body;
      const both = { ...bundled, ...next };
      const { key, before } = await served(both, async (app) => {
        const tenant = await newTenant(app);
        expect((await tenant.api.ingest('연차.md', '# 연차\n\n연차 휴가는 15일이다.')).body.status).toBe('completed');
        return { key: tenant.key, before: await search(app, tenant.key) };
      });
      expect(before.results[0]?.content).toContain('15일');
      expect(asked().filter((input) => input.includes('며칠'))).toEqual([]); // the bundled model serves

      await expect(reindex(bundled)).rejects.toThrow('EMBEDDING_NEXT_* is not set');
      expect(await failureOfStart(letters)).toContain('aegis -- reindex');
      const outcome = JSON.parse(await reindex(both, '--json')) as Record<string, unknown>;
      expect(outcome).toMatchObject({ model: 'letters', serving: true, chunks_embedded: 1, recall: [] });

      const after = await served(letters, (app) => search(app, key));
      expect(after.results[0]).toMatchObject({ content: before.results[0]?.content });
      expect(after.results[0]?.similarity).not.toBe(before.results[0]?.similarity);
      expect(after.degraded).toEqual([]);
      expect(asked().filter((input) => input.includes('며칠'))).toHaveLength(1);
      expect(await failureOfStart(bundled)).toContain('vectors were made with letters');

      const back = await reindex(both, '--model', 'multilingual-e5-small-ko-en-int8');
      expect(back).toContain('0 chunks embedded with multilingual-e5-small-ko-en-int8');
      const again = await served(both, (app) => search(app, key));
      expect(again.results[0]?.similarity).toBe(before.results[0]?.similarity);
      await expect(reindex(both, '--model', 'unknown')).rejects.toThrow('--model must be a configured embedding model');
    },
    15 * MINUTES,
  );
});
