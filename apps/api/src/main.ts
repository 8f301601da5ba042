import { openPlatform } from '@aegis/infrastructure/wiring/platform';
import { readConfig, ROOT } from './config';
import { createApp } from './create-app';
import { untilReady } from './until-ready';

/** Data or configuration that a person must correct, as sysexits has it. */
const EX_CONFIG = 78;
const WRONG_CONFIGURATION = ['ConfigurationError', 'DataFolderInUse', 'ModelNotUsable', 'UnsafeDatabase'];

async function main(): Promise<void> {
  const settings = readConfig();
  if (settings.adminKeyIsNew) process.stdout.write(`Admin key (shown this once, kept in ${settings.dataFolder}): ${settings.adminKey}\n`);
  const platform = await openPlatform(settings, ROOT, 'api');
  const app = await createApp(platform);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen({ host: settings.host, port: settings.port });
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null ? address.port : settings.port;
  const url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
  await untilReady(url);
  process.stdout.write(`AEGIS ready on ${url}\n`);
}

main().catch((error: unknown) => {
  const expected = error instanceof Error && WRONG_CONFIGURATION.includes(error.name);
  process.stderr.write(`${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(expected ? EX_CONFIG : 1);
});
