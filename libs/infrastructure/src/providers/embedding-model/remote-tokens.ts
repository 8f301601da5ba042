import { estimateTokens } from '../language-model/estimate-tokens';

/** What random letters and syllables need over the estimate, measured on o200k_base and cl100k_base. */
const WORST_TEXT = 1.8;
/** Opening and closing special tokens, and one for a sentence mark that some tokenizers put in front. */
const SPECIALS = 3;

/**
 * Tokens of an input for a model whose tokenizer we do not have: never too low, and for plain text two to three times too high. No
 * tokenizer in use makes more tokens than UTF-8 bytes: byte-level ones cannot, the others have a piece or `<unk>` for each character,
 * and those that take Hangul apart into letters get three of a syllable's three bytes.
 */
export function tokensAtMost(text: string): number {
  return SPECIALS + Math.min(Buffer.byteLength(text), Math.ceil(WORST_TEXT * estimateTokens(text)));
}

/** The longest beginning that surely fits, whole where all of it does. Does not end inside a character. */
export function fitTokens(text: string, maxTokens: number): string {
  // No real text has so few tokens that more than this would fit; blanks, which cost nothing in the estimate, are not worth sending.
  const limited = text.slice(0, maxTokens * 8);
  if (tokensAtMost(limited) <= maxTokens) return limited;
  let fits = 0;
  let tooLong = limited.length;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (tokensAtMost(limited.slice(0, middle)) <= maxTokens) fits = middle;
    else tooLong = middle;
  }
  return limited.slice(0, fits).replace(/[\uD800-\uDBFF]$/, '');
}
