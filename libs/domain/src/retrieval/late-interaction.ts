import {
  axesOf,
  bytesOf,
  levelOf,
  PASSAGE_HEADER,
  QUERY_HEADER,
  QUERY_LENGTH,
  QUERY_TOKEN_HEADER,
  type TokenLayout,
} from './token-projection';

/** How well a chunk's tokens meet a query's, each between -1 and 1. */
export interface LateInteraction {
  /** Mean over the query's tokens of the best cosine among the chunk's; tokens that say more weigh more. */
  readonly weighted: number;
  /** The same with all tokens alike. */
  readonly plain: number;
  /** `weighted` within the best stretch of some sixteen of the chunk's tokens: whether it speaks of all of it in one place. */
  readonly near: number;
  /**
   * The other way round (passage to query, as BERTScore's precision): of the chunk's tokens the best cosine among the query's, and of those the
   * mean of the highest, as many as the query has tokens, or all where the chunk has fewer. How much of the chunk speaks of the query.
   */
  readonly reverse: number;
}

interface QueryToken {
  readonly weight: number;
  readonly length: number;
}

/** The tokens of some passages as they are multiplied with a query's. */
export interface PassageLevels {
  /** For each token of all passages, in order, its levels along the query's axes, `ZERO_LEVEL` being none. */
  readonly rows: Uint8Array;
  /** Of each row. */
  readonly lengths: Float64Array;
  /** Rows of each passage; 0 where it holds no token, or was made in another form than the query. */
  readonly counts: readonly number[];
}

/** Levels are -15 to 15, and rows have bytes without a sign. */
export const ZERO_LEVEL = 16;
/** Two of it. */
const NO_PAIR = ZERO_LEVEL * 0x101;

/** A stretch is so many tokens, about a sentence; it begins at every fourth. */
const BLOCK = 4;
const BLOCKS = 4;
const VALUES = 256;

/** Was written in another way, and nothing reads it any more. */
const FIRST_FORM = 1;

const levelIn = (value: number, axis: number, bits: number): number => levelOf((value >> (axis * bits)) & ((1 << bits) - 1), bits);

/** For each of the 256 values of a byte the levels of its axes of so many bits, a byte each. */
function levelsOfByte(bits: number): ArrayBuffer {
  const axes = 8 / bits;
  return Uint8Array.from({ length: VALUES * axes }, (_, at) => levelIn(Math.floor(at / axes), at % axes, bits) + ZERO_LEVEL).buffer;
}

/** For each of the 256 values the sum of the squares of its levels. */
const squaresOfByte = (bits: number): Float64Array =>
  Float64Array.from({ length: VALUES }, (_, value) =>
    Array.from({ length: 8 / bits }, (__, axis) => levelIn(value, axis, bits) ** 2).reduce((sum, square) => sum + square, 0),
  );

/** Two levels in a number, or four: so many fewer to write. */
const FOUR_LEVELS = new Uint16Array(levelsOfByte(4));
const TWO_LEVELS = new Uint32Array(levelsOfByte(2));
const ONE_LEVELS = new Uint32Array(levelsOfByte(1));
const FOUR_SQUARES = squaresOfByte(4);
const TWO_SQUARES = squaresOfByte(2);
/** Whatever the byte holds: its levels are 1 and -1. */
const ONE_SQUARES = 8;

/**
 * A query made ready to be compared with many chunks (ColBERT's late interaction on compressed token vectors). All products and
 * lengths of passages are whole numbers, so that the same codes give the same result on every machine.
 */
export class LateQuery {
  /** Numbers in a row of passages' levels: a multiple of four, with two that are always none where the axes of 4 bits are not. */
  readonly axes: number;
  /** For each axis the levels of all tokens of the query, -7 to 7. */
  readonly columns: Int8Array;
  private readonly tokens: readonly QueryToken[];
  /** 1 / length of each. */
  private readonly scales: Float64Array;
  private readonly size: number;
  private readonly form: number;
  private readonly layout: TokenLayout;
  /** What the square of a level counts on axes of each kind. */
  private readonly squares: TokenLayout;

  /** Takes what `queryCodes` made. */
  constructor(codes: Uint8Array) {
    const [form = 0, fours = 0, twos = 0, ones = 0] = codes;
    const layout: TokenLayout = form === FIRST_FORM ? { fours: 0, twos: 0, ones: 0 } : { fours, twos, ones };
    this.layout = layout;
    this.squares = { fours: sixteenBitsAt(codes, 4), twos: sixteenBitsAt(codes, 6), ones: sixteenBitsAt(codes, 8) };
    this.form = form;
    this.size = bytesOf(layout);
    const axes = axesOf(layout);
    const padding = 2 * (layout.fours % 2);
    this.axes = axes + padding;
    const stride = axes / 2 + QUERY_TOKEN_HEADER;
    const count = this.size === 0 ? 0 : Math.floor((codes.length - QUERY_HEADER) / stride);
    const starts = Array.from({ length: count }, (_, at) => QUERY_HEADER + at * stride);
    this.tokens = starts.map((start) => ({
      weight: sixteenBitsAt(codes, start),
      length: sixteenBitsAt(codes, start + 2) / QUERY_LENGTH || 1,
    }));
    this.scales = Float64Array.from(this.tokens, ({ length }) => 1 / length);
    this.columns = new Int8Array(this.axes * count);
    for (const [token, start] of starts.entries()) {
      for (let axis = 0; axis < axes; axis += 1) {
        const place = axis < 2 * layout.fours ? axis : axis + padding;
        this.columns[place * count + token] = queryLevel(codes, start + QUERY_TOKEN_HEADER, axis);
      }
    }
  }

  /** Takes what `passageCodes` made. */
  levelsOf(passages: readonly Uint8Array[]): PassageLevels {
    const { form, size, axes } = this;
    const counts = passages.map((passage) =>
      this.tokens.length > 0 && passage[0] === form && passage[1] === size ? Math.floor((passage.length - PASSAGE_HEADER) / size) : 0,
    );
    const count = counts.reduce((sum, one) => sum + one, 0);
    const levels = { rows: new Uint8Array(count * axes), lengths: new Float64Array(count), counts };
    let row = 0;
    for (const [at, passage] of passages.entries()) {
      this.write(passage, counts[at] ?? 0, row, levels);
      row += counts[at] ?? 0;
    }
    return levels;
  }

  /**
   * For each passage, given the products of its rows with the query's columns: for each row one for each token of the query. Null where there is
   * nothing to compare.
   */
  scores({ counts, lengths }: PassageLevels, products: Int32Array): readonly (LateInteraction | null)[] {
    let from = 0;
    return counts.map((count) => {
      const first = from;
      from += count;
      return count === 0 ? null : this.scoreOf(products, lengths, first, count);
    });
  }

  /** One passage, here and now; many are quicker multiplied by `LevelProducts`. */
  score(passage: Uint8Array): LateInteraction | null {
    const levels = this.levelsOf([passage]);
    return this.scores(levels, levelProducts(levels.rows, this.columns, this.axes))[0] ?? null;
  }

  /** A loop for each kind: what a byte holds would be asked for each of some 300,000 bytes of a search. All sums are of whole numbers. */
  private write(passage: Uint8Array, count: number, row: number, { rows, lengths }: PassageLevels): void {
    const { fours, twos, ones } = this.layout;
    const { squares } = this;
    const [pairs, quads] = [new Uint16Array(rows.buffer), new Uint32Array(rows.buffer)];
    let [at, out] = [PASSAGE_HEADER, (row * this.axes) / 4];
    for (let token = row; token < row + count; token += 1) {
      let [ofFours, ofTwos, pair] = [0, 0, 2 * out];
      for (const end = at + fours; at < end; at += 1) {
        const value = passage[at] ?? 0;
        ofFours += FOUR_SQUARES[value] ?? 0;
        pairs[pair++] = FOUR_LEVELS[value] ?? 0;
      }
      if (pair % 2 === 1) pairs[pair++] = NO_PAIR;
      out = pair / 2;
      for (const end = at + twos; at < end; at += 1) {
        const value = passage[at] ?? 0;
        ofTwos += TWO_SQUARES[value] ?? 0;
        quads[out++] = TWO_LEVELS[value] ?? 0;
      }
      for (const end = at + ones; at < end; at += 1) {
        const value = 2 * (passage[at] ?? 0);
        quads[out++] = ONE_LEVELS[value] ?? 0;
        quads[out++] = ONE_LEVELS[value + 1] ?? 0;
      }
      lengths[token] = Math.sqrt(squares.fours * ofFours + squares.twos * ofTwos + squares.ones * ones * ONE_SQUARES) || 1;
    }
  }

  private scoreOf(products: Int32Array, lengths: Float64Array, first: number, count: number): LateInteraction {
    const { tokens, scales } = this;
    const blockCount = Math.ceil(count / BLOCK);
    // Of each token of the query the best cosine in each block of the passage.
    const blocks = new Float64Array(tokens.length * blockCount).fill(-Infinity);
    // Of the passage's tokens the highest of their best cosines among the query's, falling.
    const met = new Float64Array(Math.min(count, tokens.length)).fill(-Infinity);
    for (let row = 0, at = first * tokens.length; row < count; row += 1) {
      const length = lengths[first + row] ?? 1;
      let best = -Infinity;
      for (let token = 0, block = (row / BLOCK) | 0; token < scales.length; token += 1, block += blockCount, at += 1) {
        const product = products[at] ?? 0;
        const cosine = product / length;
        if (cosine > (blocks[block] ?? 0)) blocks[block] = cosine;
        best = Math.max(best, product * (scales[token] ?? 0));
      }
      keepHighest(met, best / length);
    }
    const stretches = new Float64Array(Math.max(1, blockCount - BLOCKS + 1));
    let [weighted, weights, plain] = [0, 0, 0];
    for (const [at, { weight, length }] of tokens.entries()) {
      const own = blocks.subarray(at * blockCount, (at + 1) * blockCount);
      const best = highest(own, 0, blockCount) / length;
      for (let from = 0; from < stretches.length; from += 1) {
        stretches[from] = (stretches[from] ?? 0) + (weight / length) * highest(own, from, Math.min(from + BLOCKS, blockCount));
      }
      weighted += weight * best;
      weights += weight;
      plain += best;
    }
    const whole = weights === 0 ? 1 : weights;
    return {
      weighted: weighted / whole,
      plain: plain / tokens.length,
      near: highest(stretches, 0, stretches.length) / whole,
      reverse: average(met),
    };
  }
}

/** The products of all rows, less `ZERO_LEVEL`, with all columns: for each row one for each column. */
export function levelProducts(rows: Uint8Array, columns: Int8Array, axes: number): Int32Array {
  const [count, width] = [rows.length / axes || 0, columns.length / axes || 0];
  const products = new Int32Array(count * width);
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < width; column += 1) {
      let sum = 0;
      for (let axis = 0; axis < axes; axis += 1) {
        sum += ((rows[row * axes + axis] ?? 0) - ZERO_LEVEL) * (columns[axis * width + column] ?? 0);
      }
      products[row * width + column] = sum;
    }
  }
  return products;
}

function highest(values: Float64Array, from: number, end: number): number {
  let best = -Infinity;
  for (let at = from; at < end; at += 1) if ((values[at] ?? 0) > best) best = values[at] ?? 0;
  return best;
}

/** Into falling values, the lowest of which is dropped: quicker than sorting all, and added in one order everywhere. */
function keepHighest(values: Float64Array, value: number): void {
  let at = values.length - 1;
  if (value <= (values[at] ?? 0)) return;
  for (; at > 0 && (values[at - 1] ?? 0) < value; at -= 1) values[at] = values[at - 1] ?? 0;
  values[at] = value;
}

function average(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] ?? 0;
  return sum / values.length;
}

const sixteenBitsAt = (codes: Uint8Array, at: number): number => (codes[at] ?? 0) | ((codes[at + 1] ?? 0) << 8);

function queryLevel(codes: Uint8Array, from: number, axis: number): number {
  const byte = codes[from + (axis >> 1)] ?? 0;
  return (axis % 2 === 0 ? byte & 15 : byte >> 4) - 8;
}
