// eslint-disable-next-line @typescript-eslint/triple-slash-reference -- a build that starts at an app sees the declaration no other way
/// <reference path="./huggingface-tokenizers.d.ts" />
import { Tokenizer } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';

export interface EncodedText {
  /** With the special tokens, at most `maxTokens`. */
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

/** Characters tokenised at a time: about 8 ms, and far from the lengths where the library slows down. */
const SLICE = 2_000;
/** Where a slice may end without changing a token: before the blank between two words. */
const BETWEEN_WORDS = /(?<=\p{L}) (?=\p{L})/gu;
const PROBE = ['연차 휴가', ' paid leave'] as const;

/** A Hugging Face `tokenizer.json`. Long texts are read slice by slice, so that counting stays linear and embedding stops at the limit. */
export class ModelTokenizer {
  readonly padId: number;
  private readonly before: readonly number[];
  private readonly after: readonly number[];
  private readonly sliceable: boolean;
  private constructor(
    private readonly tokenizer: Tokenizer,
    private readonly maxTokens: number,
  ) {
    const body = this.tokensOf(PROBE[0]);
    const whole = tokenizer.encode(PROBE[0]).ids;
    const start = whole.findIndex((_, at) => body.every((id, offset) => whole[at + offset] === id));
    this.before = whole.slice(0, Math.max(0, start));
    this.after = start < 0 ? [] : whole.slice(start + body.length);
    if (maxTokens <= this.specials) throw new Error(`a limit of ${maxTokens} tokens leaves no room for text`);
    this.padId = tokenizer.token_to_id('<pad>') ?? tokenizer.token_to_id('[PAD]') ?? 0;
    // True for every tokenizer that treats words apart; one that does not gets its texts whole.
    this.sliceable = this.tokensOf(PROBE.join('')).join() === PROBE.flatMap((part) => this.tokensOf(part)).join();
  }

  static read(options: { tokenizerFile: string; tokenizerConfig: Record<string, unknown>; maxTokens: number }): ModelTokenizer {
    const json: unknown = JSON.parse(readFileSync(options.tokenizerFile, 'utf8'));
    if (typeof json !== 'object' || json === null) throw new Error('tokenizer.json is no object');
    return new ModelTokenizer(new Tokenizer(json, options.tokenizerConfig), options.maxTokens);
  }

  /** Cuts the tail where the text is too long and keeps the closing special tokens: models pool or read them. */
  encode(text: string): EncodedText {
    const room = this.maxTokens - this.specials;
    const ids: number[] = [];
    for (const slice of this.slices(text)) {
      ids.push(...this.tokensOf(slice));
      if (ids.length > room) break;
    }
    return { ids: [...this.before, ...ids.slice(0, room), ...this.after], truncated: ids.length > room };
  }

  /** All tokens of the text with the special ones, beyond the limit too: the sum of what is yielded, slice by slice. */
  *counting(text: string): Generator<number> {
    yield this.specials;
    for (const slice of this.slices(text)) yield this.tokensOf(slice).length;
  }

  /** The tokens of the text alone, at most so many. */
  body(text: string, most: number): readonly number[] {
    const ids: number[] = [];
    for (const slice of this.slices(text)) {
      ids.push(...this.tokensOf(slice));
      if (ids.length >= most) break;
    }
    return ids.slice(0, most);
  }

  private get specials(): number {
    return this.before.length + this.after.length;
  }

  private tokensOf(text: string): number[] {
    return this.tokenizer.encode(text, { add_special_tokens: false }).ids;
  }

  private slices(text: string): Iterable<string> {
    return this.sliceable ? slicesOf(text) : [text];
  }
}

/** Slices that join to the text again; the last blank between words ends one. A run without any is cut hard after four slices' length. */
export function* slicesOf(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > SLICE) {
    const end =
      start + (lastGap(text.slice(start, start + SLICE)) ?? firstGap(text.slice(start, start + 4 * SLICE)) ?? hardCut(text, start));
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length || start === 0) yield text.slice(start);
}

function lastGap(window: string): number | undefined {
  let last: number | undefined;
  for (const match of window.matchAll(BETWEEN_WORDS)) last = match.index;
  return last;
}

function firstGap(window: string): number | undefined {
  return window.matchAll(BETWEEN_WORDS).next().value?.index;
}

/** Never between the two halves of a surrogate pair. */
function hardCut(text: string, start: number): number {
  const length = Math.min(4 * SLICE, text.length - start);
  const code = text.charCodeAt(start + length - 1);
  return code >= 0xd800 && code < 0xdc00 ? length - 1 : length;
}
