import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import type { EmbeddingModel } from '../../providers/embedding-model';
import { chunkDocument } from '../chunk-document';
import type { IngestionDraft, IngestionStage, IngestionWork } from '../ingestion-work';

/** Cuts at structure, counted with the model's own tokenizer. */
export class ChunkStage implements IngestionStage {
  readonly name = 'chunk';
  readonly durable = false;

  constructor(private readonly model: EmbeddingModel) {}

  async run({ document, signal }: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft> {
    const chunks = await chunkDocument(this.model, { blocks: draft.blocks, title: document.title }, signal);
    if (chunks.length === 0) throw new IngestionFailed('no_text', 'the document has no text');
    return { ...draft, chunks };
  }
}
