import { Inject, Module, type DynamicModule } from '@nestjs/common';
import { Dispatcher } from '@aegis/infrastructure/queue/dispatcher';
import { Platform } from '@aegis/infrastructure/wiring/platform';
import { WorkerModule } from '../../worker/src/worker.module';
import { ApiModule } from './api.module';

/** One process: requests, and everything that happens after them. A commit that leaves work wakes the dispatcher at once. */
@Module({ imports: [WorkerModule] })
export class EmbeddedModule {
  constructor(@Inject(Platform) platform: Platform, @Inject(Dispatcher) dispatcher: Dispatcher) {
    platform.wake.listener = () => dispatcher.wake();
  }

  static forRoot(platform: Platform): DynamicModule {
    return { module: EmbeddedModule, imports: [ApiModule.forRoot(platform)] };
  }
}
