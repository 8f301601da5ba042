import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { ConfigurationError } from '@aegis/infrastructure/configuration/configuration-error';
import { Dispatcher } from '@aegis/infrastructure/queue/dispatcher';
import { QueueModule } from '@aegis/infrastructure/queue/queue.module';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { PlatformModule } from '@aegis/infrastructure/wiring/platform.module';
import { WorkerModule } from './worker.module';

/** A worker process of its own, beside any number of others; Bull brings the bells. */
@Module({ imports: [WorkerModule] })
export class ProductionWorkerModule {
  constructor(@Inject(Platform) platform: Platform, @Inject(Dispatcher) dispatcher: Dispatcher) {
    platform.wake.listener = () => dispatcher.wake();
  }

  static forRoot(platform: Platform): DynamicModule {
    const { queue, redisUrl } = platform.settings;
    if (queue !== 'bull' || redisUrl === undefined) {
      throw new ConfigurationError(['a worker process needs AEGIS_QUEUE=bull: the embedded queue rings inside the API process only']);
    }
    return { module: ProductionWorkerModule, imports: [PlatformModule.forRoot(platform), QueueModule.bull(redisUrl)] };
  }
}
