import { queryLanguage } from '@aegis/domain/answering/query-language';
import type { GenerationRequest, LanguageModel, LanguageModelIdentity } from '../providers/language-model';
import type { JudgedEvidence } from './judged-evidence';
import type { IdGenerator } from '../shared/id-generator';
import { DraftAnswer } from './draft-answer';
import { buildPrompt } from './prompt';
import { ANSWER_TOKENS, PROMPT_TOKENS } from './query-accounting';
import type { StartedQuery } from './query-log';
import { passagesOf, promptSourcesOf, sourcesOf } from './sources';

/** A question as it was searched for. */
export interface AskedQuestion {
  /** Who only quotes looks for these words. */
  readonly text: string;
  /** With the question before it that names its topic, where it only points at one: who writes must understand it. */
  readonly inFull: string;
}

/** An answer about to be written. */
export interface Commission {
  readonly draft: DraftAnswer;
  /** By the id of a chunk, the number that stands for its passage in the answer; what there was no room for has none. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly request: Omit<GenerationRequest, 'signal'>;
}

/** Lets a language model write an answer from evidence, and shows of it what may be shown. */
export class AnswerWriter {
  constructor(
    private readonly model: LanguageModel,
    private readonly ids: IdGenerator,
  ) {}

  get mayAnswer(): readonly LanguageModelIdentity[] {
    return this.model.mayAnswer;
  }

  commission({ input, settings }: StartedQuery, evidence: JudgedEvidence, question: AskedQuestion): Commission {
    const language = queryLanguage(input.query, settings.language);
    const identity = this.mayAnswer.find(({ model }) => model === settings.llmModel) ?? this.model.identity;
    const prompt = buildPrompt(question.inFull, language, promptSourcesOf(evidence.chunks), {
      systemPrompt: settings.systemPrompt ?? null,
      tokenBudget: PROMPT_TOKENS,
      delimiterSeed: this.ids.next().replaceAll('-', '').slice(-16),
      countTokens: (text) => this.model.countTokens(text),
    });
    const passages = passagesOf(prompt.passages, sourcesOf(evidence));
    const { messages } = prompt;
    return {
      draft: new DraftAnswer(passages, prompt, { identity, countTokens: (text) => this.model.countTokens(text) }),
      numbers: new Map(passages.flatMap(({ parts }, at) => parts.map(({ chunk }) => [chunk.chunkId, at + 1] as const))),
      request: { query: question.text, language, sources: prompt.sources, messages, maxTokens: ANSWER_TOKENS, model: identity.model },
    };
  }

  /** The pieces of the answer; afterwards, however it ended, the draft knows what was written and what it cost. */
  async *write({ draft, request }: Commission, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    for await (const event of this.model.generate({ ...request, signal })) {
      if (event.type === 'model') draft.takenOverBy(event);
      else if (event.type === 'usage') draft.count(event);
      else {
        const piece = draft.push(event.content);
        if (draft.refused) return; // leaving the loop ends the provider's call
        if (piece !== '') yield piece;
      }
    }
    const rest = draft.end();
    if (rest !== '') yield rest;
  }
}
