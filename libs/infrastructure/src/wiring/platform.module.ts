import { join } from 'node:path';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider, type Type } from '@nestjs/common';
import { QueryReader } from '@aegis/application/answering/query-reader';
import { DocumentReader } from '@aegis/application/documents/document-reader';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { LanguageModel } from '@aegis/application/providers/language-model';
import { MediaTypeSniffer } from '@aegis/application/providers/media-type-sniffer';
import { TextExtractor } from '@aegis/application/providers/text-extractor';
import { reactions } from '@aegis/application/reactions';
import { ChunkReader } from '@aegis/application/retrieval/chunk-reader';
import { AnswerVault } from '@aegis/application/shared/answer-vault';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { JobDispatch } from '@aegis/application/shared/job-store';
import { Log } from '@aegis/application/shared/log';
import { Metrics } from '@aegis/application/shared/metrics';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { OutboxDispatch } from '@aegis/application/shared/outbox-dispatch';
import { RateLimiter } from '@aegis/application/shared/rate-limiter';
import { TokenSigner } from '@aegis/application/shared/token-signer';
import { TraceContext } from '@aegis/application/shared/trace-context';
import { AdminAuthenticator } from '@aegis/application/tenants/admin-authenticator';
import { Authenticator } from '@aegis/application/tenants/authenticator';
import { KeyMint } from '@aegis/application/tenants/key-mint';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { PlatformUnitOfWork } from '@aegis/application/tenants/tenant-repository';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { ReservationDispatch } from '@aegis/application/usage/expire-reservations';
import { TenantErasure } from '@aegis/application/tenants/tenant-erasure';
import { UsageReader } from '@aegis/application/usage/usage-reader';
import { PriceList } from '@aegis/domain/shared/price-list';
import { PostgresQueryReader } from '../answering/postgres-query-reader';
import { PostgresDocumentReader } from '../documents/postgres-document-reader';
import { AesGcmAnswerVault } from '../idempotency/aes-gcm-answer-vault';
import { FolderObjectStore } from '../object-store/folder-object-store';
import { PostgresOutboxDispatch } from '../persistence/postgres-outbox';
import { PostgresUnitOfWork } from '../persistence/postgres-unit-of-work';
import { ChildProcessTextExtractor } from '../providers/text-extractor/child-process-text-extractor';
import { ContentMediaTypeSniffer } from '../providers/text-extractor/content-media-type-sniffer';
import { PostgresJobDispatch } from '../queue/postgres-job-dispatch';
import { InMemoryRateLimiter } from '../rate-limit/in-memory-rate-limiter';
import { PostgresChunkReader } from '../retrieval/postgres-chunk-reader';
import { derivedKey } from '../system/derived-key';
import { HmacTokenSigner } from '../system/hmac-token-signer';
import { SystemClock } from '../system/system-clock';
import { UuidV7Generator } from '../system/uuid-v7-generator';
import { countEvents } from '../telemetry/count-events';
import { PrometheusMetrics } from '../telemetry/metrics';
import { OtelTraceContext } from '../telemetry/otel-trace-context';
import { ApiKeyAuthenticator } from '../tenants/api-key-authenticator';
import { BootstrapAdminAuthenticator } from '../tenants/bootstrap-admin-authenticator';
import { HmacKeyMint } from '../tenants/hmac-key-mint';
import { PostgresPlatformUnitOfWork } from '../tenants/postgres-platform-unit-of-work';
import { PostgresTenantReader } from '../tenants/postgres-tenant-reader';
import { PostgresReservationDispatch } from '../usage/postgres-reservation-dispatch';
import { PostgresUsageReader } from '../usage/postgres-usage-reader';
import { Platform } from './platform';

/** Every port with the adapter that the settings chose, for all feature modules. */
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(Platform) private readonly platform: Platform) {}

  /** After the server and the queue: whatever still runs then has its database until here. */
  async onApplicationShutdown(): Promise<void> {
import { PostgresTenantErasure } from '../tenants/postgres-tenant-erasure';
    await this.platform.close();
  }

  static forRoot(platform: Platform): DynamicModule {
    const metrics = new PrometheusMetrics();
    const providers = [
      use(Platform, platform),
      use(Metrics, metrics),
      ...system(platform),
      ...persistence(platform, metrics),
      ...security(platform),
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

/** A port and the object that keeps it; the compiler checks that it does. */
const use = <Port>(port: (abstract new (...args: never[]) => Port) & object, adapter: Port): Provider => ({
  provide: port as Type<Port>,
  useValue: adapter,
});

const system = ({ settings, log, embeddingModel, languageModel }: Platform): Provider[] => [
  use(Clock, new SystemClock()),
  use(IdGenerator, new UuidV7Generator()),
  use(Log, log),
  use(TraceContext, new OtelTraceContext()),
  use(PriceList, settings.prices),
  use(EmbeddingModel, embeddingModel),
  use(LanguageModel, languageModel),
  use(MediaTypeSniffer, new ContentMediaTypeSniffer()),
  use(TextExtractor, new ChildProcessTextExtractor()),
  use(ObjectStore, new FolderObjectStore(join(settings.filesFolder))),
  use(RateLimiter, new InMemoryRateLimiter()),
];

const persistence = ({ database: { connections, tenants, model, vectorType }, wake }: Platform, metrics: Metrics): Provider[] => [
  use(
    UnitOfWork,
    new PostgresUnitOfWork(tenants, reactions, model, ({ events, dispatcherHasWork }) => {
      countEvents(metrics, events);
      if (dispatcherHasWork) wake.listener();
    }),
  ),
  use(PlatformUnitOfWork, new PostgresPlatformUnitOfWork(connections, reactions, model.version)),
  use(ChunkReader, new PostgresChunkReader(tenants, model, vectorType)),
  use(DocumentReader, new PostgresDocumentReader(tenants)),
  use(TenantReader, new PostgresTenantReader(connections, tenants)),
  use(UsageReader, new PostgresUsageReader(tenants)),
  use(QueryReader, new PostgresQueryReader(tenants)),
  use(JobDispatch, new PostgresJobDispatch(connections)),
  use(OutboxDispatch, new PostgresOutboxDispatch(connections)),
  use(ReservationDispatch, new PostgresReservationDispatch(connections)),
];

function security({ settings, database }: Platform): Provider[] {
  const mint = new HmacKeyMint(derivedKey(settings.secretKey, 'pepper'));
  return [
    use(KeyMint, mint),
    use(AnswerVault, new AesGcmAnswerVault(derivedKey(settings.secretKey, 'answers'))),
    use(Authenticator, new ApiKeyAuthenticator(database.connections, mint)),
    use(AdminAuthenticator, new BootstrapAdminAuthenticator(settings.adminKey)),
  use(TenantErasure, new PostgresTenantErasure(connections, reactions)),
    use(TokenSigner, new HmacTokenSigner(derivedKey(settings.secretKey, 'token'))),
  ];
}
