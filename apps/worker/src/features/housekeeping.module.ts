import { Inject, Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ForgetOldQueries } from '@aegis/application/answering/forget-old-queries';
import { CompactPostings } from '@aegis/application/ingestion/compact-postings';
import { OlderTerms } from '@aegis/application/ingestion/older-terms';
import { PostingCompaction } from '@aegis/application/ingestion/posting-compaction';
import { RenewTerms } from '@aegis/application/ingestion/renew-terms';
import { RemoveRetiredVectors } from '@aegis/application/retrieval/remove-retired-vectors';
import { RetiredVectors } from '@aegis/application/retrieval/retired-vectors';
import { DocumentReader } from '@aegis/application/documents/document-reader';
import { SweepOriginals } from '@aegis/application/documents/sweep-originals';
import { Clock } from '@aegis/application/shared/clock';
import { ExpiredRows } from '@aegis/application/shared/expired-rows';
import { Log } from '@aegis/application/shared/log';
import { ObjectStore } from '@aegis/application/shared/object-store';
import { EraseDeletedTenants } from '@aegis/application/tenants/erase-deleted-tenants';
import { TenantErasure } from '@aegis/application/tenants/tenant-erasure';
import { TenantReader } from '@aegis/application/tenants/tenant-reader';
import { UnitOfWork } from '@aegis/application/unit-of-work';
import { Housekeeper, type Chore } from '@aegis/infrastructure/queue/housekeeper';
import { provide } from '@aegis/infrastructure/wiring/provide';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** What nobody waits for: erasing deleted tenants, ending retentions, sweeping what killed processes left. Several workers may do it. */
@Module({
  providers: [
    provide(EraseDeletedTenants, [TenantErasure, ObjectStore, Clock]),
    provide(ForgetOldQueries, [TenantReader, UnitOfWork]),
    provide(SweepOriginals, [ObjectStore, TenantReader, DocumentReader]),
    provide(RemoveRetiredVectors, [RetiredVectors]),
    provide(CompactPostings, [PostingCompaction]),
    provide(RenewTerms, [OlderTerms]),
    {
      provide: Housekeeper,
      inject: [EraseDeletedTenants, ForgetOldQueries, SweepOriginals, RemoveRetiredVectors, CompactPostings, RenewTerms, ExpiredRows, Log],
      useFactory: (
        erase: EraseDeletedTenants,
        forget: ForgetOldQueries,
        sweep: SweepOriginals,
        remove: RemoveRetiredVectors,
        compact: CompactPostings,
        renew: RenewTerms,
        expired: ExpiredRows,
        log: Log,
      ) =>
        new Housekeeper(
          [
            erasure(erase, log),
            retention(forget, log),
            originals(sweep, log),
            vectors(remove, log),
            postings(compact, log),
            terms(renew, log),
            rows(expired),
          ],
          log,
        ),
    },
  ],
})
export class HousekeepingModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(Housekeeper) private readonly housekeeper: Housekeeper) {}

  onApplicationBootstrap(): void {
    this.housekeeper.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.housekeeper.stop();
  }
}

const erasure = (erase: EraseDeletedTenants, log: Log): Chore => ({
  name: 'erase_tenants',
  firstAfterMs: SECOND_MS,
  everyMs: 2 * SECOND_MS,
  run: async (signal) => {
    for (const { tenantId, of } of await erase.execute(signal)) log.info({ tenantId, detail: of }, 'deleted tenant erased');
  },
});

const retention = (forget: ForgetOldQueries, log: Log): Chore => ({
  name: 'end_retention',
  firstAfterMs: 60 * SECOND_MS,
  everyMs: HOUR_MS,
  run: async (signal) => {
    const count = await forget.execute(signal);
    if (count > 0) log.info({ count }, 'old queries forgotten');
  },
});

const rows = (expired: ExpiredRows): Chore => ({
  name: 'remove_expired_rows',
  firstAfterMs: 10 * SECOND_MS,
  everyMs: 60 * SECOND_MS,
  run: async () => {
    await expired.remove();
  },
});

const vectors = (remove: RemoveRetiredVectors, log: Log): Chore => ({
  name: 'remove_retired_vectors',
  firstAfterMs: 300 * SECOND_MS,
  everyMs: 6 * HOUR_MS,
  run: async (signal) => {
    const count = await remove.execute(signal);
    if (count > 0) log.info({ count }, 'vectors of a former embedding model removed');
  },
});

const postings = (compact: CompactPostings, log: Log): Chore => ({
  name: 'compact_postings',
  firstAfterMs: 30 * SECOND_MS,
  everyMs: 30 * SECOND_MS,
  run: async (signal) => {
    const { moved: count } = await compact.execute(signal);
    if (count > 0) log.info({ count }, 'postings compacted');
  },
});

const terms = (renew: RenewTerms, log: Log): Chore => ({
  name: 'renew_terms',
  firstAfterMs: 5 * SECOND_MS,
  everyMs: 60 * SECOND_MS,
  run: async (signal) => {
    const count = await renew.execute(signal);
    if (count > 0) log.info({ count }, 'chunks indexed by the terms of this release');
  },
});

const originals = (sweep: SweepOriginals, log: Log): Chore => ({
  name: 'sweep_originals',
  firstAfterMs: 120 * SECOND_MS,
  everyMs: 6 * HOUR_MS,
  run: async (signal) => {
    const count = await sweep.execute(signal);
    if (count > 0) log.warn({ count }, 'originals without a document removed');
  },
});
