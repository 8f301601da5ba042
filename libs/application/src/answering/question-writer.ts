import type { AnswerLanguage, GenerationRequest, LanguageModel, LanguageModelIdentity } from '../providers/language-model';
import { ProviderError } from '../providers/provider-error';
import type { ConversationTurn } from '../retrieval/question-reader';
import type { IdGenerator } from '../shared/id-generator';
import { withDeadline } from '../shared/with-deadline';
import { questionPrompt, readWritten, type WritingTask, type WrittenQuestion } from './question-prompt';

/** What writing a question may use at most: set aside before the model is asked. */
export const WRITING_PROMPT_TOKENS = 2_500;
export const WRITING_ANSWER_TOKENS = 512;

/** What a model wrote, null where it wrote nothing of use, and what that cost. */
export interface WritingOutcome {
  readonly written: WrittenQuestion | null;
  /** Null where nobody is to be paid. */
  readonly spent: { readonly by: LanguageModelIdentity; readonly promptTokens: number; readonly completionTokens: number } | null;
}

export interface QuestionWriterSettings {
  /** Whether follow-ups are rewritten by the model where the request does not forbid it. */
  readonly rewrites: boolean;
  readonly timeoutMs: number;
}

/** The one that quotes: it cannot write a question. */
const WRITES_NOTHING = 'extractive';

/** Lets the configured language model write a question anew. It may fail at any time: then the rules have to do. */
export class QuestionWriter {
  constructor(
    private readonly model: LanguageModel,
    private readonly ids: IdGenerator,
    private readonly settings: QuestionWriterSettings,
  ) {}

  /** Those who may be asked; none where no language model is configured. */
  get mayWrite(): readonly LanguageModelIdentity[] {
    return this.model.mayAnswer.filter(({ provider }) => provider !== WRITES_NOTHING);
  }

  get rewritesFollowUps(): boolean {
    return this.settings.rewrites && this.mayWrite.length > 0;
  }

  async write(
    query: string,
    history: readonly ConversationTurn[],
    task: WritingTask,
    { language, chosen }: { readonly language: AnswerLanguage; readonly chosen: string | undefined },
    signal: AbortSignal,
  ): Promise<WritingOutcome> {
    const delimiterSeed = this.ids.next().replaceAll('-', '').slice(-16);
    const countTokens = (text: string) => this.model.countTokens(text);
    const { messages, delimiter } = questionPrompt(query, history, task, { language, delimiterSeed, countTokens });
    const by = this.mayWrite.find(({ model }) => model === chosen) ?? this.mayWrite[0] ?? this.model.identity;
    const request = { query, language, sources: [], messages, maxTokens: WRITING_ANSWER_TOKENS, model: by.model };
    const { answer, spent } = await withDeadline(this.settings.timeoutMs, (late) =>
      this.generated({ ...request, signal: AbortSignal.any([signal, late]) }, by),
    );
    const written = answer === null ? null : readWritten(answer, task, delimiter);
    return { written: written !== null && isEmpty(written) ? null : written, spent };
  }

  /** Null as the answer where nobody wrote one to its end. */
  private async generated(
    request: GenerationRequest,
    first: LanguageModelIdentity,
  ): Promise<{ readonly answer: string | null; readonly spent: WritingOutcome['spent'] }> {
    const countTokens = (text: string) => this.model.countTokens(text);
    let by = first;
    let answer = '';
    let counted: { readonly promptTokens: number; readonly completionTokens: number } | null = null;
    const spent = (): WritingOutcome['spent'] => {
      if (by.provider === WRITES_NOTHING || (counted === null && answer === '' && !request.signal.aborted)) return null;
      const promptTokens = request.messages.reduce((sum, { content }) => sum + countTokens(content), 0);
      return { by, ...(counted ?? { promptTokens, completionTokens: answer === '' ? 0 : countTokens(answer) }) };
    };
    try {
      for await (const event of this.model.generate(request)) {
        if (event.type === 'model') by = { provider: event.provider, model: event.model };
        else if (event.type === 'usage') counted = { promptTokens: event.promptTokens, completionTokens: event.completionTokens };
        else answer += event.content;
      }
    } catch (error) {
      // A model that is slow or down costs the better question, never the answer; who asked and left ends the query itself.
      if (!(error instanceof ProviderError)) throw error;
      return { answer: null, spent: spent() };
    }
    return { answer: by.provider === WRITES_NOTHING ? null : answer, spent: spent() };
  }
}

const isEmpty = ({ question, otherQueries, passage }: WrittenQuestion): boolean =>
  question === null && otherQueries.length === 0 && passage === null;
