import { Module } from '@nestjs/common';
import { EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { LanguageModel } from '@aegis/application/providers/language-model';
import { Clock } from '@aegis/application/shared/clock';
import { IdGenerator } from '@aegis/application/shared/id-generator';
import { ChangeTenant } from '@aegis/application/tenants/change-tenant';
import { CreateTenant } from '@aegis/application/tenants/create-tenant';
import { DeleteTenant } from '@aegis/application/tenants/delete-tenant';
import { IssueApiKey } from '@aegis/application/tenants/issue-api-key';
import { KeyMint } from '@aegis/application/tenants/key-mint';
import { OfferedModels } from '@aegis/application/tenants/offered-models';
import { RevokeApiKey } from '@aegis/application/tenants/revoke-api-key';
import { RotateApiKey } from '@aegis/application/tenants/rotate-api-key';
import { PlatformUnitOfWork } from '@aegis/application/tenants/tenant-repository';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { AdminApiKeysController } from '@aegis/presentation/tenants/admin-api-keys.controller';
import { AdminTenantsController } from '@aegis/presentation/tenants/admin-tenants.controller';

@Module({
  controllers: [AdminTenantsController, AdminApiKeysController],
  providers: [
    provide(OfferedModels, [LanguageModel, EmbeddingModel]),
    provide(CreateTenant, [PlatformUnitOfWork, KeyMint, OfferedModels, IdGenerator, Clock]),
    provide(ChangeTenant, [PlatformUnitOfWork, OfferedModels, Clock]),
    provide(DeleteTenant, [PlatformUnitOfWork, IdGenerator, Clock]),
    provide(IssueApiKey, [PlatformUnitOfWork, KeyMint, IdGenerator, Clock]),
    provide(RotateApiKey, [PlatformUnitOfWork, KeyMint, IdGenerator, Clock]),
    provide(RevokeApiKey, [PlatformUnitOfWork, Clock]),
  ],
})
export class TenantsModule {}
