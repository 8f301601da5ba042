import { Module, type DynamicModule } from '@nestjs/common';
import { QueueModule } from '@aegis/infrastructure/queue/queue.module';
import type { Platform } from '@aegis/infrastructure/wiring/platform';
import { PlatformModule } from '@aegis/infrastructure/wiring/platform.module';
import { AdministratorsModule } from './features/administrators.module';
import { AnsweringModule } from './features/answering.module';
import { DocumentsModule } from './features/documents.module';
import { HttpModule } from './features/http.module';
import { OperationsModule } from './features/operations.module';
import { TenantsModule } from './features/tenants.module';
import { AccountingModule } from './features/accounting.module';

/** Everything that answers requests. */
@Module({
  imports: [HttpModule, DocumentsModule, AnsweringModule, TenantsModule, AdministratorsModule, AccountingModule, OperationsModule],
})
export class ApiModule {
  static forRoot(platform: Platform): DynamicModule {
    return { module: ApiModule, imports: [PlatformModule.forRoot(platform), queueModule(platform)] };
  }
}

const queueModule = ({ settings: { queue, redisUrl } }: Platform): DynamicModule =>
  queue === 'bull' && redisUrl !== undefined ? QueueModule.bull(redisUrl) : QueueModule.embedded();
