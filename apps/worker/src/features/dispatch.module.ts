import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RingDueJobs } from '@aegis/application/ingestion/ring-due-jobs';
import { reactions } from '@aegis/application/reactions';
import { JobQueue } from '@aegis/application/shared/job-queue';
import { Log } from '@aegis/application/shared/log';
import { OutboxDispatch } from '@aegis/application/shared/outbox-dispatch';
import { RelayOutbox } from '@aegis/application/shared/relay-outbox';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { ExpireReservations, ReservationDispatch } from '@aegis/application/usage/expire-reservations';
import { Dispatcher } from '@aegis/infrastructure/queue/dispatcher';
import { provide } from '@aegis/infrastructure/wiring/provide';
import { IngestionModule } from './ingestion.module';

const POLL_MS = 500;
const SWEEP_MS = 5_000;
const GRACE_MS = 10_000;

/** The loop that rings and delivers. Several workers may run it: they only take work from each other. */
@Module({
  imports: [IngestionModule],
  providers: [
    provide(ExpireReservations, [ReservationDispatch, UnitOfWork]),
    {
      provide: RelayOutbox,
      inject: [OutboxDispatch, UnitOfWork],
      useFactory: (outbox: OutboxDispatch, uow: UnitOfWork) => new RelayOutbox(outbox, uow, reactions),
    },
    {
      provide: Dispatcher,
      inject: [RingDueJobs, RelayOutbox, ExpireReservations, Log],
      useFactory: (jobs: RingDueJobs, outbox: RelayOutbox, reservations: ExpireReservations, log: Log) =>
        new Dispatcher(jobs, outbox, reservations, log, { pollMs: POLL_MS, sweepMs: SWEEP_MS }),
    },
  ],
  exports: [Dispatcher],
})
export class DispatchModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(JobQueue) private readonly queue: JobQueue,
  ) {}

  onApplicationBootstrap(): void {
    this.dispatcher.start();
  }

  /** No new work, what runs gets a while to end; what does not end goes back to the database. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.dispatcher.stop();
    await this.queue.close(GRACE_MS);
  }
}
