import { cleanBlocks } from '@aegis/domain/ingestion/clean-text';
import { IngestionFailed } from '@aegis/domain/ingestion/ingestion-errors';
import type { IngestionDraft, IngestionStage, IngestionWork } from '../ingestion-work';

/** What is stored and searched is clean text; the original stays as it came. */
export class CleanStage implements IngestionStage {
  readonly name = 'clean';
  readonly durable = false;

  run(_work: IngestionWork, draft: IngestionDraft): Promise<IngestionDraft> {
    const { blocks, warnings } = cleanBlocks(draft.blocks);
    if (blocks.length === 0) return Promise.reject(new IngestionFailed('no_text', 'the document has no text'));
    return Promise.resolve({ ...draft, blocks, warnings: [...draft.warnings, ...warnings] });
  }
}
