import type { AegisApi } from './aegis-api';
import { fileOf } from './aegis-api';
import type { AskedQuestion, EvaluationPlan, PlannedRow } from './evaluation-plan';
import { inParallel } from './in-parallel';
import type { Observation } from './row-figures';
import type { Strategy } from './strategies';

/** Asks every question of a row in its tenant; a result from outside the corpus, or without vectors, is no result but an error. */
export class QuestionAsker {
  private readonly filesOf: ReadonlyMap<string, ReadonlyMap<string, string>>;

  constructor(
    { corpora }: EvaluationPlan,
    private readonly apis: ReadonlyMap<string, AegisApi>,
    private readonly atOnce: number,
  ) {
    this.filesOf = new Map(corpora.map(({ name, passages }) => [name, new Map(passages.map(({ id }) => [fileOf(id), id]))]));
  }

  ask(row: PlannedRow, strategy: Strategy): Promise<Observation[]> {
    return inParallel(row.questions, this.atOnce, (question) => this.observe(question, strategy));
  }

  private async observe({ id, kind, corpus, relevant, request }: AskedQuestion, strategy: Strategy): Promise<Observation> {
    const api = this.apis.get(corpus);
    if (api === undefined) throw new Error(`${id}: there is no tenant ${corpus}`);
    const { filenames, confidence, degraded, latencyMs } = await api.search(request, strategy);
    if (degraded.includes('vector_search_unavailable')) throw new Error(`${id}: vectors could not be searched`);
    return { kind, relevant, ranked: this.passagesOf(corpus, filenames, id), confidence, latencyMs };
  }

  /** A file stands where its first chunk stands. */
  private passagesOf(corpus: string, filenames: readonly string[], questionId: string): string[] {
    return [...new Set(filenames)].map((filename) => {
      const passage = this.filesOf.get(corpus)?.get(filename);
      if (passage === undefined) throw new Error(`${questionId}: ${filename} was found, which is none of ${corpus}`);
      return passage;
    });
  }
}
