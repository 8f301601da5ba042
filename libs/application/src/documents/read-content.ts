import type { DocumentId } from '@aegis/domain/documents/document-id';
import { NotFound } from '@aegis/domain/shared/not-found';
import type { Caller } from '../shared/caller';
import type { ObjectStore } from '../shared/object-store';
import type { DocumentReader } from './document-reader';

export interface OriginalFile {
  /** Null: the caller has them already. */
  readonly bytes: Uint8Array | null;
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

  /** `isKnown` is asked with the hash of the content. */
  async execute(caller: Caller, id: DocumentId, isKnown: (contentHash: string) => boolean = () => false): Promise<OriginalFile> {
    const document = await this.documents.find(caller.tenantId, id);
    if (document === null || document.status === 'deleting') throw new NotFound('document');
    const { filename, mediaType, contentHash } = document;
    if (isKnown(contentHash)) return { bytes: null, filename, mediaType, contentHash };
    const bytes = await this.objects.read(caller.tenantId, id, contentHash);
    if (bytes === null) throw new NotFound('document');
    return { bytes, filename, mediaType, contentHash };
  }
}
