import type { DocumentDescription } from '@aegis/domain/documents/document';
import { Document, type DocumentProps } from '@aegis/domain/documents/document';
import { FileEmpty, UnsupportedMediaType } from '@aegis/domain/documents/document-errors';
import { DocumentId } from '@aegis/domain/documents/document-id';
import type { FileName } from '@aegis/domain/documents/file-name';
import { DomainError } from '@aegis/domain/shared/domain-error';
import { ConcurrentChange } from '@aegis/domain/shared/concurrent-change';
import { ValidationFailed } from '@aegis/domain/shared/validation-failed';
import type { MediaTypeSniffer } from '../providers/media-type-sniffer';
import { actorOf, type Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import { INGESTION_DEADLINE_MS } from '../shared/job-store';
import type { ObjectStore, StoredObject } from '../shared/object-store';
import type { Transaction, UnitOfWork } from '../unit-of-work';

export interface UploadDocumentInput {
  readonly filename: FileName;
  readonly content: AsyncIterable<Uint8Array>;
  readonly limitBytes: number;
  /** Asked for when the content has been read: the form's other fields may come behind the file. */
  readonly describe: () => DocumentDescription & { readonly validFrom: Date | null };
  /** Told the SHA-256 when the content has been read and found good, before anything is recorded; what it throws ends the upload without a trace. */
  readonly begin: (sha256: string) => Promise<void>;
}

export interface UploadedDocument {
  readonly document: DocumentProps;
  /** The same content of this name was there: nothing is processed or billed again. */
  readonly duplicate: boolean;
}

const ATTEMPTS = 4;

/** Stores the file, then records the document and its job; a worker picks the job up. */
export class UploadDocument {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly objects: Pick<ObjectStore, 'put' | 'delete'>,
    private readonly sniffer: MediaTypeSniffer,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(caller: Caller, input: UploadDocumentInput, complete: Completion<UploadedDocument> = unkeyed): Promise<UploadedDocument> {
    const id = DocumentId.parse(this.ids.next());
    // The file goes first: a row without its file is a broken document, a file without a row only takes room.
    const stored = await this.objects.put(caller.tenantId, id, input.content, input.limitBytes);
    let keep = false;
    try {
      const uploaded = await this.recordRetrying(caller, id, stored, input, complete);
      keep = uploaded.document.id === id;
      return uploaded;
    } catch (error) {
      keep = await this.mayBeRecorded(caller, id, error);
      throw error;
    } finally {
      if (!keep) await this.objects.delete(caller.tenantId, id);
    }
  }

  /** When the answer to a COMMIT is lost, the row may be there: its file must not go. */
  private async mayBeRecorded(caller: Caller, id: DocumentId, error: unknown): Promise<boolean> {
    if (error instanceof DomainError && error.kind !== 'unavailable') return false;
    try {
      return await this.uow.run(caller.tenantId, async (tx) => (await tx.documents.find(id)) !== null);
    } catch {
      return true; // nobody can tell: room is cheaper than a document
    }
  }

  /** Two uploads of one name at the same moment ask for the same version number: the second looks again. */
  private async recordRetrying(
    caller: Caller,
    id: DocumentId,
    stored: StoredObject,
    input: UploadDocumentInput,
    complete: Completion<UploadedDocument>,
  ): Promise<UploadedDocument> {
    if (stored.sizeBytes === 0) throw new FileEmpty();
    const mediaType = await this.sniffer.sniff(stored.head, input.filename);
    if (mediaType === null) throw new UnsupportedMediaType();
    const about = input.describe();
    if (about.validFrom !== null && about.validFrom > this.clock.now()) throw futureValidity();
    await input.begin(stored.sha256);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.uow.run(caller.tenantId, async (tx) => {
          const uploaded = await this.record(tx, caller, id, { ...stored, mediaType }, input.filename, about);
          await complete(tx, uploaded);
          return uploaded;
        });
      } catch (error) {
        if (!(error instanceof ConcurrentChange) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async record(
    tx: Transaction,
    caller: Caller,
    id: DocumentId,
    stored: StoredObject & { readonly mediaType: string },
    filename: FileName,
    { validFrom, ...description }: ReturnType<UploadDocumentInput['describe']>,
  ): Promise<UploadedDocument> {
    const at = this.clock.now();
    const newest = await tx.documents.newest(filename);
    if (newest?.hasContent(stored.sha256) === true) {
      if (!newest.isFailed()) return { document: newest.toSnapshot(), duplicate: true };
      newest.reprocess(actorOf(caller), at);
      await tx.documents.update(newest);
      await this.addJob(tx, newest.id);
      return { document: newest.toSnapshot(), duplicate: false };
    }
    const document = Document.upload(
      {
        ...description,
        id,
        tenantId: caller.tenantId,
        filename,
        version: (await tx.documents.highestVersion(filename)) + 1,
        previousVersionId: newest?.id ?? null,
        contentHash: stored.sha256,
        sizeBytes: stored.sizeBytes,
        mediaType: stored.mediaType,
        validFrom: validFrom ?? at,
      },
      actorOf(caller),
      at,
    );
    await tx.documents.add(document);
    await this.addJob(tx, id); // durable together: a 202 means that nothing can be lost
    return { document: document.toSnapshot(), duplicate: false };
  }

  private addJob(tx: Transaction, documentId: DocumentId): Promise<boolean> {
    return tx.jobs.add({ id: this.ids.next(), kind: 'ingest_document', documentId, deadlineMs: INGESTION_DEADLINE_MS });
  }
}

const futureValidity = () =>
  new ValidationFailed([{ pointer: '/valid_from', code: 'in_future', message: 'a version cannot hold from a date in the future' }]);
