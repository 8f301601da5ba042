import { join } from 'node:path';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown, type Provider, type Type } from '@nestjs/common';
import { AdminTokenIssuer } from '@aegis/application/administrators/admin-token-issuer';
import { AdministratorAuthenticator } from '@aegis/application/administrators/administrator-authenticator';
import { AdministratorReader } from '@aegis/application/administrators/administrator-reader';
import { AdministratorRegister } from '@aegis/application/administrators/administrator-register';
import { AdminCallLog } from '@aegis/application/shared/admin-call-log';
import { AdminCallReader } from '@aegis/application/audit/admin-call-reader';
import { ReplayReader } from '@aegis/application/answering/replay-reader';
import { JobReader } from '@aegis/application/jobs/job-reader';
import { QueryReader } from '@aegis/application/answering/query-reader';
import { DocumentReader } from '@aegis/application/documents/document-reader';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { LanguageModel } from '@aegis/application/providers/language-model';
import { MediaTypeSniffer } from '@aegis/application/providers/media-type-sniffer';
import { TextExtractor } from '@aegis/application/providers/text-extractor';
import { reactions } from '@aegis/application/reactions';
import { ChunkReader } from '@aegis/application/retrieval/chunk-reader';
import { OlderTerms } from '@aegis/application/ingestion/older-terms';
import { PostingCompaction } from '@aegis/application/ingestion/posting-compaction';
import { RetiredVectors } from '@aegis/application/retrieval/retired-vectors';
import { AnswerVault } from '@aegis/application/shared/answer-vault';
import { Clock } from '@aegis/application/shared/clock';
import { ExpiredRows } from '@aegis/application/shared/expired-rows';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { JobDispatch } from '@aegis/application/shared/job-store';
import { Log } from '@aegis/application/shared/log';
import { Metrics } from '@aegis/application/shared/metrics';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { OutboxDispatch } from '@aegis/application/shared/outbox-dispatch';
import { TokenSigner } from '@aegis/application/shared/token-signer';
import { TraceContext } from '@aegis/application/shared/trace-context';
import { Authenticator } from '@aegis/application/tenants/authenticator';
import { KeyMint } from '@aegis/application/tenants/key-mint';
import { TenantErasure } from '@aegis/application/tenants/tenant-erasure';
import { KeyStanding } from '@aegis/application/shared/key-standing';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { PlatformUnitOfWork } from '@aegis/application/tenants/tenant-repository';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { ReservationDispatch } from '@aegis/application/usage/expire-reservations';
import { PlatformUsageReader } from '@aegis/application/usage/platform-usage-reader';
import { UsageReader } from '@aegis/application/usage/usage-reader';
import { PriceList } from '@aegis/domain/shared/price-list';
import { AdministratorCredentials } from '../administrators/administrator-credentials';
import { AdministratorDirectory } from '../administrators/administrator-directory';
import { BuiltInTokens } from '../administrators/built-in-tokens';
import { NoTokenIssuer } from '../administrators/no-token-issuer';
import { OidcKeys } from '../administrators/oidc-keys';
import { OidcTokens } from '../administrators/oidc-tokens';
import { PostgresAdministratorReader } from '../administrators/postgres-administrator-reader';
import { PostgresAdministratorRegister } from '../administrators/postgres-administrator-register';
import { PostgresAdminCallLog } from '../audit/postgres-admin-call-log';
import { PostgresAdminCallReader } from '../audit/postgres-admin-call-reader';
import { PostgresQueryReader } from '../answering/postgres-query-reader';
import { PostgresReplayReader } from '../answering/postgres-replay-reader';
import { PostgresDocumentReader } from '../documents/postgres-document-reader';
import { AesGcmAnswerVault } from '../idempotency/aes-gcm-answer-vault';
import { PostgresExpiredRows } from '../persistence/postgres-expired-rows';
import { FolderObjectStore } from '../object-store/folder-object-store';
import { PostgresOutboxDispatch } from '../persistence/postgres-outbox';
import { PostgresUnitOfWork } from '../persistence/postgres-unit-of-work';
import { ChildProcessTextExtractor } from '../providers/text-extractor/child-process-text-extractor';
import { ContentMediaTypeSniffer } from '../providers/text-extractor/content-media-type-sniffer';
import { PostgresJobDispatch } from '../queue/postgres-job-dispatch';
import { PostgresJobReader } from '../queue/postgres-job-reader';
import { PostgresChunkReader } from '../retrieval/postgres-chunk-reader';
import { PostgresOlderTerms } from '../ingestion/postgres-older-terms';
import { PostgresPostingCompaction } from '../ingestion/postgres-posting-compaction';
import { PostgresRetiredVectors } from '../retrieval/postgres-retired-vectors';
import { searchMemories } from '../retrieval/search-memories';
import { derivedKey } from '../system/derived-key';
import { HmacTokenSigner } from '../system/hmac-token-signer';
import { SystemClock } from '../system/system-clock';
import { UuidV7Generator } from '../system/uuid-v7-generator';
import { countEvents } from '../telemetry/count-events';
import { PrometheusMetrics } from '../telemetry/metrics';
import { OtelTraceContext } from '../telemetry/otel-trace-context';
import { ApiKeyAuthenticator } from '../tenants/api-key-authenticator';
import { HmacKeyMint } from '../tenants/hmac-key-mint';
import { KeyUses, PostgresKeyUses } from '../tenants/key-uses';
import { PostgresKeyStanding } from '../tenants/postgres-key-standing';
import { PostgresPlatformUnitOfWork } from '../tenants/postgres-platform-unit-of-work';
import { PostgresTenantErasure } from '../tenants/postgres-tenant-erasure';
import { PostgresTenantReader } from '../tenants/postgres-tenant-reader';
import { PostgresPlatformUsageReader } from '../usage/postgres-platform-usage-reader';
import { PostgresReservationDispatch } from '../usage/postgres-reservation-dispatch';
import { PostgresUsageReader } from '../usage/postgres-usage-reader';
import { Platform } from './platform';

/** Every port with the adapter that the settings chose, for all feature modules. */
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(
    @Inject(Platform) private readonly platform: Platform,
    @Inject(KeyUses) private readonly keyUses: KeyUses,
  ) {}

  /** After the server and the queue: whatever still runs then has its database until here. */
  async onApplicationShutdown(): Promise<void> {
    await this.keyUses.close();
    await this.platform.close();
  }

  static forRoot(platform: Platform): DynamicModule {
    const metrics = new PrometheusMetrics();
    const providers = [
      use(Platform, platform),
      use(Metrics, metrics),
      ...system(platform),
      ...persistence(platform, metrics),
      ...administration(platform),
      ...security(platform, metrics),
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
];

const persistence = ({ settings, database: { connections, tenants, model, routing }, wake }: Platform, metrics: Metrics): Provider[] => [
  use(
    UnitOfWork,
    new PostgresUnitOfWork(tenants, reactions, model, ({ events, dispatcherHasWork }) => {
      countEvents(metrics, events);
      if (dispatcherHasWork) wake.listener();
    }),
  ),
  use(PlatformUnitOfWork, new PostgresPlatformUnitOfWork(connections, reactions, model)),
  use(ChunkReader, new PostgresChunkReader(tenants, model, routing, searchMemories(settings.searchMemories))),
  use(DocumentReader, new PostgresDocumentReader(tenants)),
  use(TenantReader, new PostgresTenantReader(connections, tenants)),
  use(UsageReader, new PostgresUsageReader(tenants)),
  use(PlatformUsageReader, new PostgresPlatformUsageReader(connections)),
  use(QueryReader, new PostgresQueryReader(tenants)),
  use(ReplayReader, new PostgresReplayReader(tenants, settings.retiredVectorHours)),
  use(TenantErasure, new PostgresTenantErasure(connections, reactions)),
  use(JobDispatch, new PostgresJobDispatch(connections)),
  use(JobReader, new PostgresJobReader(connections)),
  use(OutboxDispatch, new PostgresOutboxDispatch(connections)),
  use(ReservationDispatch, new PostgresReservationDispatch(connections)),
  use(ExpiredRows, new PostgresExpiredRows(connections)),
  use(OlderTerms, new PostgresOlderTerms(connections, tenants)),
  use(PostingCompaction, new PostgresPostingCompaction(connections, tenants)),
  use(RetiredVectors, new PostgresRetiredVectors(connections, tenants, settings.retiredVectorHours)),
];

function security({ settings, database, log }: Platform, metrics: Metrics): Provider[] {
  const mint = new HmacKeyMint(derivedKey(settings.secretKey, 'pepper'));
  const keyUses = new PostgresKeyUses(database.tenants, log);
  return [
    use(KeyMint, mint),
    use(AnswerVault, new AesGcmAnswerVault(derivedKey(settings.secretKey, 'answers'))),
    use(KeyUses, keyUses),
    use(KeyStanding, new PostgresKeyStanding(database.connections)),
    use(Authenticator, new ApiKeyAuthenticator(database.connections, mint, keyUses, metrics)),
    use(TokenSigner, new HmacTokenSigner(derivedKey(settings.secretKey, 'token'))),
  ];
}

/** Tokens of one issuer: an identity provider where one is configured, else the deployment's own. */
function administration({ settings, database: { connections }, log }: Platform): Provider[] {
  const { oidc, adminKey, secretKey } = settings;
  const clock = new SystemClock();
  const directory = new AdministratorDirectory(connections);
  // The bootstrap key is part of the seed: with another one, what was given for the old is worth nothing.
  const builtIn = new BuiltInTokens(derivedKey(`${secretKey}\0${adminKey}`, 'admin-token'), directory, clock);
  const tokens = oidc === null ? builtIn : new OidcTokens(oidc, new OidcKeys(oidc.issuer, clock, log), directory, clock);
  return [
    use(AdministratorAuthenticator, new AdministratorCredentials(adminKey, tokens)),
    use(AdminTokenIssuer, oidc === null ? builtIn : new NoTokenIssuer()),
    use(AdministratorRegister, new PostgresAdministratorRegister(connections, reactions)),
    use(AdministratorReader, new PostgresAdministratorReader(connections)),
    use(AdminCallLog, new PostgresAdminCallLog(connections, clock)),
    use(AdminCallReader, new PostgresAdminCallReader(connections)),
  ];
}
