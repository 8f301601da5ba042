import { ValidationFailed, type FieldProblem } from '@aegis/domain/shared/validation-failed';
import type { SettingsChange } from '@aegis/domain/tenants/tenant-settings';
import type { EmbeddingModel } from '../providers/embedding-model';
import type { LanguageModel } from '../providers/language-model';

/** The models that this deployment has configured: a tenant may choose among them, and only among them. */
export class OfferedModels {
  constructor(
    private readonly languageModel: LanguageModel,
    private readonly embeddingModel: EmbeddingModel,
  ) {}

  /** Throws ValidationFailed, naming every choice that is not offered. */
  check({ llmModel, embeddingModel }: SettingsChange): void {
    const problems = [
      ...notAmong(
        '/settings/llm_model',
        llmModel,
        this.languageModel.mayAnswer.map(({ model }) => model),
      ),
      ...notAmong('/settings/embedding_model', embeddingModel, [this.embeddingModel.identity.name]),
    ];
    if (problems.length > 0) throw new ValidationFailed(problems);
  }
}

const notAmong = (pointer: string, chosen: string | null | undefined, offered: readonly string[]): readonly FieldProblem[] =>
  chosen === null || chosen === undefined || offered.includes(chosen)
    ? []
    : [{ pointer, code: 'not_allowed', message: `must be one of ${offered.join(', ')}` }];
