import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import { actorOf, type Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import type { IdGenerator } from '../shared/id-generator';
import { ERASURE_DEADLINE_MS } from '../shared/job-store';
import { assertMet, type Precondition } from '../shared/precondition';
import type { Transaction, UnitOfWork } from '../unit-of-work';

/** Takes versions out of every search at once and lets jobs remove their rows, vectors and files. */
export class DeleteDocument {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  /**
   * Deletes one version, and `others` of its name in the same transaction: all of them or none. Others that are being deleted already stay
   * as they are. The answer is the id of the erasure of `id`, which names the deletion from now on.
   */
  execute(caller: Caller, id: DocumentId, others: readonly DocumentId[] = [], precondition: Precondition = null): Promise<string> {
    return this.uow.run(caller.tenantId, async (tx) => {
      await tx.chunks.lock(); // a publish in between would change the document that is read next
      const deletionId = await this.deleteOne(tx, caller, id, precondition);
      if (deletionId === null) throw new NotFound('document');
      for (const other of others) if (other !== id) await this.deleteOne(tx, caller, other);
      return deletionId;
    });
  }

  private async deleteOne(tx: Transaction, caller: Caller, id: DocumentId, precondition: Precondition = null): Promise<string | null> {
    const found = await tx.documents.find(id);
    if (found === null || found.isDeleting()) return null;
    // Jobs are locked before documents, as a worker does that gives up; it may have changed the document until then.
    await tx.jobs.cancelFor(id);
    const document = await tx.documents.find(id);
    if (document === null) return null;
    assertMet(precondition, document.toSnapshot().revision);
    await tx.chunks.withdraw(id);
    document.delete(actorOf(caller), this.clock.now());
    await tx.documents.update(document);
    await tx.idempotency.forgetDocument(id);
    const erasureId = this.ids.next();
    await tx.jobs.add({ id: erasureId, kind: 'erase_document', documentId: id, deadlineMs: ERASURE_DEADLINE_MS });
    return erasureId;
  }
}
