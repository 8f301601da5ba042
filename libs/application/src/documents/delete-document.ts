import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import { actorOf, type Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import type { UnitOfWork } from '../unit-of-work';

const ERASURE_DEADLINE_MS = 24 * 60 * 60_000;

/** Takes one version out of every search at once and lets a job remove its rows, vectors and file. */
export class DeleteDocument {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  /** The id of the erasure, which names the deletion from now on. */
  execute(caller: Caller, id: DocumentId): Promise<string> {
    return this.uow.run(caller.tenantId, async (tx) => {
      const document = await tx.documents.find(id);
      if (document === null || document.isDeleting()) throw new NotFound('document');
      await tx.chunks.withdraw(id);
      await tx.jobs.cancelFor(id);
      document.delete(actorOf(caller), this.clock.now());
      await tx.documents.update(document);
      const deletionId = this.ids.next();
      await tx.jobs.add({ id: deletionId, kind: 'erase_document', documentId: id, deadlineMs: ERASURE_DEADLINE_MS });
      return deletionId;
    });
  }
}
