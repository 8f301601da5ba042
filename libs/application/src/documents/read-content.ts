import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { Caller } from '../shared/caller';
import type { ObjectStore } from '../shared/object-store';
import type { DocumentReader } from './document-reader';

export interface OriginalFile {
  readonly bytes: Uint8Array;
  readonly filename: string;
  readonly mediaType: string;
  readonly contentHash: string;
}

/** The original bytes, their hash checked. */
export class ReadContent {
  constructor(
    private readonly documents: DocumentReader,
    private readonly objects: ObjectStore,
  ) {}

  async execute(caller: Caller, id: DocumentId): Promise<OriginalFile> {
    const document = await this.documents.find(caller.tenantId, id);
    const bytes =
      document === null || document.status === 'deleting' ? null : await this.objects.read(caller.tenantId, id, document.contentHash);
    if (document === null || bytes === null) throw new NotFound('document');
    return { bytes, filename: document.filename, mediaType: document.mediaType, contentHash: document.contentHash };
  }
}
