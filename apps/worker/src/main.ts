import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { correctable, EX_CONFIG } from '@aegis/infrastructure/configuration/correctable';
import { NestLogger } from '@aegis/infrastructure/telemetry/nest-logger';
import { closedOnFailure, openPlatform } from '@aegis/infrastructure/wiring/platform';
import { readConfig, ROOT } from './config';
import { ProductionWorkerModule } from './production-worker.module';

async function main(): Promise<void> {
  const platform = await openPlatform(readConfig(), ROOT, 'worker', () => process.exit(1));
  const app = await closedOnFailure(platform, () =>
    NestFactory.createApplicationContext(ProductionWorkerModule.forRoot(platform), {
      abortOnError: false,
      logger: new NestLogger(platform.log),
    }),
  );
  app.enableShutdownHooks([], { useProcessExit: true });
  process.stdout.write('AEGIS worker ready\n');
}

main().catch((error: unknown) => {
  const sentence = correctable(error);
  process.stderr.write(`${sentence ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
  process.exit(sentence === null ? 1 : EX_CONFIG);
});
