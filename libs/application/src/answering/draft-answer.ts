import { quoteSpans, readCitations, type CitedSentence } from '@aegis/domain/answering/citation';
import { spanIn, type Passage } from '@aegis/domain/answering/passage';
import { CitationStream } from '@aegis/domain/answering/citation-stream';
import { numbersAreCarried } from '@aegis/domain/answering/stated-numbers';
import { queryLanguage } from '@aegis/domain/answering/query-language';
import type { LanguageModel, LanguageModelIdentity } from '../providers/language-model';
import { refusalState, type Prompt } from './prompt';
import type { Source } from './query-answer';

/** An answer while it is written: what may be shown, who writes it, and what it cost so far. */
export class DraftAnswer {
  private raw = '';
  private shown = '';
  private held = '';
  private isAnswer = false;
  private isRefused = false;
  private isDegraded = false;
  private counted: { readonly promptTokens: number; readonly completionTokens: number } | null = null;
  private writer: LanguageModelIdentity;
  private readonly citations: CitationStream;

  constructor(
    /** Numbered from 1 in this order. */
    private readonly passages: readonly Passage<Source>[],
    private readonly prompt: Pick<Prompt, 'tokens' | 'delimiter'>,
    private readonly model: Pick<LanguageModel, 'identity' | 'countTokens'>,
  ) {
    this.citations = new CitationStream(passages.length);
    this.writer = model.identity;
  }

  /** The model says that the sources do not hold the answer, or repeats its prompt. */
  get refused(): boolean {
    return this.isRefused;
  }

  get writtenBy(): LanguageModelIdentity {
    return this.writer;
  }

  /** The provider's own count, or while there is none an estimate that is never too low. */
  get tokens(): { readonly promptTokens: number; readonly completionTokens: number } {
    return this.counted ?? { promptTokens: this.prompt.tokens, completionTokens: this.raw === '' ? 0 : this.model.countTokens(this.raw) };
  }

  count(tokens: { readonly promptTokens: number; readonly completionTokens: number }): void {
    this.counted = { promptTokens: tokens.promptTokens, completionTokens: tokens.completionTokens };
  }

  /** Another model writes than the one that was asked for, because that one failed. */
  get degraded(): boolean {
    return this.isDegraded;
  }

  takenOverBy({ provider, model, degraded }: LanguageModelIdentity & { readonly degraded: boolean }): void {
    this.writer = { provider, model };
    this.isDegraded = degraded;
  }

  get text(): string {
    return this.shown;
  }

  /** Takes what the model wrote; returns what the client may see of it now. */
  push(piece: string): string {
    this.raw += piece;
    this.held += piece;
    const state = this.isAnswer ? 'answer' : refusalState(this.raw);
    this.isAnswer = state === 'answer';
    this.isRefused ||= state === 'refusal' || this.raw.includes(this.prompt.delimiter);
    return this.isRefused || !this.isAnswer ? '' : this.show(this.citations.push(this.release()));
  }

  /** What was held back to the end. */
  end(): string {
    if (this.isRefused) return '';
    return this.show(this.citations.push(this.release()) + this.citations.end());
  }

  /**
   * The cited sources with the spans that carry the answer; null when it names no source, when no sentence of it is found in what it
   * names, or when it states a number that the sources it names for it do not hold. A source in another language than the answer cannot be compared word by word: there the citation has to do.
   */
  citedSources(): readonly Source[] | null {
    const { claims, sentences, sourceNumbers } = readCitations(this.shown, this.passages.length);
    const cited = sourceNumbers.flatMap((number) => {
      const passage = this.passages[number - 1];
      if (passage === undefined) return [];
      const spans = (stated: readonly CitedSentence[]) =>
        stated.filter(({ sourceNumbers: own }) => own.includes(number)).flatMap(({ text }) => quoteSpans(text, passage.content));
      // What stands right before the marker; a marker in the middle of a sentence (`according to [1], …`) stands for all of it.
      const direct = spans(claims);
      return chunksOf(passage, number, mergeSpans(direct.length > 0 ? direct : spans(sentences)));
    });
    // A sentence without a marker may belong to one that follows: it is held to everything that the answer cites.
    const contentsOf = ({ sourceNumbers: own }: CitedSentence) =>
      (own.length > 0 ? own : sourceNumbers).flatMap((number) => this.passages[number - 1]?.content ?? []);
    if (!sentences.every((sentence) => numbersAreCarried(sentence.text, contentsOf(sentence)))) return null;
    const language = queryLanguage(this.shown);
    const carried = cited.some(({ quotes, content }) => quotes.length > 0 || queryLanguage(content) !== language);
    return carried ? cited : null;
  }

  private release(): string {
    const held = this.held;
    this.held = '';
    return held;
  }

  /** Blanks before the first word are nobody's answer. */
  private show(text: string): string {
    const visible = this.shown === '' ? text.trimStart() : text;
    this.shown += visible;
    return visible;
  }
}

/** The chunks of a passage that hold what is quoted, each with its own; all of them where nothing is. */
function chunksOf({ parts }: Passage<Source>, citation: number, spans: Source['quotes']): readonly Source[] {
  const cited = parts.map((part) => ({ ...part.chunk, citation, quotes: spans.flatMap((span) => spanIn(part, span) ?? []) }));
  return spans.length === 0 ? cited : cited.filter(({ quotes }) => quotes.length > 0);
}

/** Sorted, without overlap. */
function mergeSpans(spans: Source['quotes']): Source['quotes'] {
  const merged: { start: number; end: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}
