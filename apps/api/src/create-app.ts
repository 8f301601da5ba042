import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AdministratorAuthenticator } from '@aegis/application/administrators/administrator-authenticator';
import { AdminCallLog } from '@aegis/application/shared/admin-call-log';
import { RedeemStreamTicket } from '@aegis/application/answering/redeem-stream-ticket';
import { Metrics } from '@aegis/application/shared/metrics';
import { RateLimiter } from '@aegis/application/shared/rate-limiter';
import { TraceContext } from '@aegis/application/shared/trace-context';
import { Authenticator } from '@aegis/application/tenants/authenticator';
import { KeyStanding } from '@aegis/application/shared/key-standing';
import { NestLogger } from '@aegis/infrastructure/telemetry/nest-logger';
import type { Platform } from '@aegis/infrastructure/wiring/platform';
import { configureHttp } from '@aegis/presentation/http/configure-http';
import { createHttpAdapter } from '@aegis/presentation/http/http-adapter';
import { OpenStreams } from '@aegis/presentation/http/open-streams';
import { ROOT } from './config';
import { ApiModule } from './api.module';
import { EmbeddedModule } from './embedded.module';
import { setUpOpenApi } from './openapi';

/** The application as it is served, and as tests talk to it. Not listening yet. */
export async function createApp(platform: Platform): Promise<NestFastifyApplication> {
  const { settings, log } = platform;
  const module = settings.queue === 'embedded' ? EmbeddedModule.forRoot(platform) : ApiModule.forRoot(platform);
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter({ trustProxy: settings.trustedProxies }), {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogger(log),
  });
  await configureHttp(app, {
    authenticator: app.get(Authenticator),
    administrators: app.get(AdministratorAuthenticator),
    adminCalls: app.get(AdminCallLog),
    keyStanding: app.get(KeyStanding),
    tickets: app.get(RedeemStreamTicket),
    rateLimiter: app.get(RateLimiter),
    rateLimitRps: settings.rateLimitRps,
    readTimeoutMs: settings.readTimeoutMs,
    log,
    metrics: app.get(Metrics),
    traces: app.get(TraceContext),
    openStreams: app.get(OpenStreams),
  });
  setUpOpenApi(app, ROOT);
  await app.init();
  return app;
}
