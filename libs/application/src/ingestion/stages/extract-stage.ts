import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import type { TextExtractor } from '../../providers/text-extractor';
import type { ObjectStore } from '../../shared/object-store';
import type { IngestionDraft, IngestionStage, IngestionWork } from '../ingestion-work';

/** Reads the original, in a process of its own that no other document shares. */
export class ExtractStage implements IngestionStage {
  readonly name = 'extract';
  readonly durable = false;

  constructor(
    private readonly objects: ObjectStore,
    private readonly extractor: TextExtractor,
  ) {}

  async run({ document, signal }: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft> {
    const bytes = await this.objects.read(document.tenantId, document.id, document.contentHash);
    if (bytes === null) throw new IngestionFailed('processing_failed', 'the original file is gone');
    const { blocks, pageCount, warnings } = await this.extractor.extract(
      { bytes, mediaType: document.mediaType, filename: document.filename },
      signal,
    );
    return { ...draft, blocks, pageCount, warnings };
  }
}
