import { indexedTerms, type ChunkDraft } from '@aegis/domain/ingestion/chunk';
import type { IdGenerator } from '../../shared/id-generator';
import type { UnitOfWork } from '../../unit-of-work';
import type { StagedChunk } from '../chunk-index';
import type { IngestionDraft, IngestionStage, IngestionWork } from '../ingestion-work';

/** Chunks of one transaction: on the embedded engine an open transaction keeps everybody waiting. */
const BATCH = 64;

/** Writes chunks and their postings where no search sees them yet. */
export class IndexStage implements IngestionStage {
  readonly name = 'index';
  readonly durable = true;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly ids: IdGenerator,
  ) {}

  async run({ document, job, report }: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft> {
    await this.uow.run(document.tenantId, async (tx) => {
      await tx.jobs.fence(job);
      await tx.chunks.unstage(document.id); // an earlier attempt may have cut other chunks
    });
    for (let start = 0; start < draft.chunks.length; start += BATCH) {
      const staged = draft.chunks.slice(start, start + BATCH).map((chunk) => this.staged(chunk, document.title));
      await this.uow.run(document.tenantId, async (tx) => {
        await tx.jobs.fence(job);
        await tx.chunks.stage(document.id, staged);
      });
      await report(Math.min(start + BATCH, draft.chunks.length), draft.chunks.length);
    }
    return draft;
  }

  private staged(chunk: ChunkDraft, title: string | null): StagedChunk {
    const { frequencies, length } = indexedTerms(chunk, title);
    return { ...chunk, publicId: this.ids.next(), terms: frequencies, lengthTerms: length };
  }
}
