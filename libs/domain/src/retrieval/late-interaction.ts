import { CODE_HEADER } from './token-projection';

/** How well a chunk's tokens meet a query's, each between -1 and 1. */
export interface LateInteraction {
  /** Mean over the query's tokens of the best cosine among the chunk's; tokens that say more weigh more. */
  readonly weighted: number;
  /** The same with all tokens alike. */
  readonly plain: number;
}

interface QueryToken {
  readonly weight: number;
  /** For each byte of a passage token, for each of its 256 values: what its two codes add to the product. */
  readonly products: Int16Array;
  readonly length: number;
}

const VALUES = 256;

/** Of the two codes in a byte: the lower four bits first. */
const codesOf = (byte: number): readonly [number, number] => [(byte & 15) - 8, (byte >> 4) - 8];

const SQUARES = Float64Array.from({ length: VALUES }, (_, byte) => codesOf(byte).reduce((sum, code) => sum + code * code, 0));

/**
 * A query made ready to be compared with many chunks (ColBERT's late interaction on compressed token vectors). Everything before the last
 * division is whole numbers, so that the same codes give the same result on every machine.
 */
export class LateQuery {
  private readonly tokens: readonly QueryToken[];
  private readonly half: number;
  private readonly form: number;

  /** Takes what `queryCodes` made. */
  constructor(codes: Uint8Array) {
    this.form = codes[0] ?? 0;
    const dimensions = codes[1] ?? 0;
    this.half = dimensions / 2;
    const stride = dimensions + 2;
    const count = dimensions === 0 ? 0 : Math.floor((codes.length - CODE_HEADER) / stride);
    this.tokens = Array.from({ length: count }, (_, at) => queryToken(codes, CODE_HEADER + at * stride, this.half));
  }

  /** Takes what `passageCodes` made; null where one of the two holds no token, or was made in another form. */
  score(passage: Uint8Array): LateInteraction | null {
    const { half } = this;
    if (passage[0] !== this.form || passage[1] !== half * 2 || this.tokens.length === 0) return null;
    const count = Math.floor((passage.length - CODE_HEADER) / half);
    if (count === 0) return null;
    const lengths = lengthsOf(passage, count, half);
    let [weighted, weights, plain] = [0, 0, 0];
    for (const { products, weight, length } of this.tokens) {
      const best = bestCosine(products, passage, lengths, half) / length;
      weighted += weight * best;
      weights += weight;
      plain += best;
    }
    return { weighted: weights === 0 ? 0 : weighted / weights, plain: plain / this.tokens.length };
  }
}

function queryToken(codes: Uint8Array, from: number, half: number): QueryToken {
  const products = new Int16Array(half * VALUES);
  let squares = 0;
  const code = (at: number): number => ((codes[from + 2 + at] ?? 0) << 24) >> 24;
  for (let at = 0; at < half; at += 1) {
    const [first, second] = [code(2 * at), code(2 * at + 1)];
    squares += first * first + second * second;
    for (let byte = 0; byte < VALUES; byte += 1) {
      products[at * VALUES + byte] = first * ((byte & 15) - 8) + second * ((byte >> 4) - 8);
    }
  }
  return { weight: (codes[from] ?? 0) | ((codes[from + 1] ?? 0) << 8), products, length: Math.sqrt(squares) || 1 };
}

function lengthsOf(passage: Uint8Array, count: number, half: number): Float64Array {
  const lengths = new Float64Array(count);
  for (let token = 0, at = CODE_HEADER; token < count; token += 1) {
    let squares = 0;
    for (const end = at + half; at < end; at += 1) squares += SQUARES[passage[at] ?? 0] ?? 0;
    lengths[token] = Math.sqrt(squares) || 1;
  }
  return lengths;
}

/** The hot loop: one look-up for two numbers of each token. */
function bestCosine(products: Int16Array, passage: Uint8Array, lengths: Float64Array, half: number): number {
  let best = -Infinity;
  for (let token = 0, at = CODE_HEADER; token < lengths.length; token += 1) {
    let sum = 0;
    for (let table = 0; table < half * VALUES; table += VALUES, at += 1) sum += products[table + (passage[at] ?? 0)] ?? 0;
    const cosine = sum / (lengths[token] ?? 1);
    if (cosine > best) best = cosine;
  }
  return best;
}
