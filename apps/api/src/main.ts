import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { correctable, EX_CONFIG } from '@aegis/infrastructure/configuration/correctable';
import { closedOnFailure, openPlatform } from '@aegis/infrastructure/wiring/platform';
import { assertCanListen, listenProblem } from './assert-can-listen';
import { readConfig, ROOT } from './config';
import { createApp } from './create-app';
import { untilReady } from './until-ready';

async function main(): Promise<void> {
  const settings = readConfig();
  const { host, port } = settings;
  if (settings.adminKeyIsNew) process.stdout.write(`Admin key (shown this once, kept in ${settings.dataFolder}): ${settings.adminKey}\n`);
  await assertCanListen(host, port);
  const platform = await openPlatform(settings, ROOT, 'api', () => process.exit(1));
  const app = await closedOnFailure(platform, createApp);
  app.enableShutdownHooks([], { useProcessExit: true });
  const url = await closedOnFailure(app, () => listen(app, host, port));
  process.stdout.write(`AEGIS ready on ${url}\n`);
}

/** The address that answers: `port` 0 means any that is free. */
async function listen(app: NestFastifyApplication, host: string, port: number): Promise<string> {
  await app.listen({ host, port }).catch((error: unknown) => {
    throw error instanceof Error ? listenProblem(error, host, port) : error;
  });
  const address = app.getHttpServer().address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
  await untilReady(url);
  return url;
}

main().catch((error: unknown) => {
  const sentence = correctable(error);
  process.stderr.write(`${sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
  process.exit(sentence === null ? 1 : EX_CONFIG);
});
