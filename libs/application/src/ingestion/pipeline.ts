import { EMPTY_DRAFT, STAGE_NAMES, type IngestionDraft, type IngestionStage, type IngestionWork, type StageName } from './ingestion-work';

/** The chain: each processor takes the draft of the one before. A stage that left its work in the database is skipped by a retry. */
export class IngestionPipeline {
  constructor(private readonly stages: readonly IngestionStage[]) {}

  /** `finished` is told of every durable stage, and `starting` of every stage. */
  async run(
    work: (stage: StageName) => IngestionWork,
    lastFinished: string,
    finished: (stage: StageName, draft: IngestionDraft) => Promise<void>,
  ): Promise<void> {
    let draft = EMPTY_DRAFT;
    for (const stage of this.stages.filter(({ name }) => position(name) > position(lastFinished))) {
      const here = work(stage.name);
      here.signal.throwIfAborted();
      await here.report(0, 1);
      draft = await stage.run(here, draft);
      if (stage.durable) await finished(stage.name, draft);
    }
  }
}

/** -1 for a job that has not finished a durable stage. */
const position = (stage: string): number => STAGE_NAMES.findIndex((name) => name === stage);
