import { axesOf, directions, passageCodes, queryCodes, type TokenProjection } from '@aegis/domain/retrieval/token-projection';
import { existsSync, readFileSync } from 'node:fs';
import { AxisProducts } from './axis-products';

const MAGIC = 'AGTP';
const HEADER = 14;
const STEPS = 3;
/** Weights are kept in sixteenths. */
const WEIGHT_STEP = 16;
/** More of a long question adds time and hardly anything else; those that say most stay. */
const QUERY_TOKENS = 64;

/** A projection with how much each token of the vocabulary says; those that say nothing (0) are kept nowhere. */
export interface TokenCoding {
  readonly projection: TokenProjection;
  readonly weights: Uint8Array;
}

/**
 * `token-projection.bin` of a model's folder: `AGTP`, form (1 byte), bytes of a token with axes of 4, 2 and 1 bits (1 each), width (2), size of
 * the vocabulary (4), then as float32 the three steps, the mean and the axes, then a byte for each token: its weight in sixteenths. All numbers
 * little-endian. Undefined where there is none.
 */
export function readTokenCoding(file: string): TokenCoding | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  const [form, fours, twos, ones] = [bytes.readUInt8(4), bytes.readUInt8(5), bytes.readUInt8(6), bytes.readUInt8(7)];
  const [width, vocabulary] = [bytes.readUInt16LE(8), bytes.readUInt32LE(10)];
  const layout = { fours, twos, ones };
  const floats = STEPS + width * (axesOf(layout) + 1);
  if (bytes.toString('latin1', 0, 4) !== MAGIC || bytes.length !== HEADER + floats * 4 + vocabulary) {
    throw new Error(`${file} is no token projection`);
  }
  const values = Float32Array.from({ length: floats }, (_, at) => bytes.readFloatLE(HEADER + at * 4));
  const [four = 0, two = 0, one = 0] = values;
  return {
    projection: {
      ...{ form, width, layout, steps: [four, two, one] },
      mean: values.subarray(STEPS, STEPS + width),
      axes: values.subarray(STEPS + width),
    },
    weights: new Uint8Array(bytes.subarray(HEADER + floats * 4)),
  };
}

export function writeTokenCoding({ projection, weights }: TokenCoding): Uint8Array {
  const { form, layout, width, mean, axes, steps } = projection;
  const numbers = [...steps, ...mean, ...axes];
  const bytes = Buffer.alloc(HEADER + numbers.length * 4 + weights.length);
  bytes.write(MAGIC, 'latin1');
  bytes.set([form, layout.fours, layout.twos, layout.ones], 4);
  bytes.writeUInt16LE(width, 8);
  bytes.writeUInt32LE(weights.length, 10);
  numbers.forEach((value, at) => bytes.writeFloatLE(value, HEADER + at * 4));
  bytes.set(weights, HEADER + numbers.length * 4);
  return bytes;
}

/** Makes the compressed token vectors of a text out of what the model's last layer gives for it. Blocks its thread. */
export class TokenCoder {
  private constructor(
    private readonly coding: TokenCoding,
    private readonly prefixTokens: Readonly<Record<'query' | 'passage', number>>,
    private readonly products: AxisProducts,
  ) {}

  /** `prefixTokens`: those before the text itself, the opening special ones too. One special token closes it. */
  static async open(coding: TokenCoding, prefixTokens: Readonly<Record<'query' | 'passage', number>>): Promise<TokenCoder> {
    return new TokenCoder(coding, prefixTokens, await AxisProducts.open(coding.projection));
  }

  async passage(ids: readonly number[], values: Float32Array): Promise<Uint8Array> {
    return passageCodes(this.coding.projection, await this.along(values, this.telling(ids, this.prefixTokens.passage)));
  }

  async query(ids: readonly number[], values: Float32Array): Promise<Uint8Array> {
    const kept = this.telling(ids, this.prefixTokens.query)
      .sort((a, b) => b.weight - a.weight || a.row - b.row)
      .slice(0, QUERY_TOKENS)
      .sort((a, b) => a.row - b.row);
    const weights = kept.map(({ weight }) => weight);
    return queryCodes(this.coding.projection, await this.along(values, kept), weights);
  }

  release(): Promise<void> {
    return this.products.release();
  }

  /** The tokens of the text itself that say something, by their row in what the model gives. */
  private telling(ids: readonly number[], prefix: number): { row: number; weight: number }[] {
    return ids.slice(prefix, -1).flatMap((id, at) => {
      const weight = (this.coding.weights[id] ?? 0) / WEIGHT_STEP;
      return weight > 0 ? [{ row: prefix + at, weight }] : [];
    });
  }

  private along(values: Float32Array, tokens: readonly { readonly row: number }[]): Promise<Float32Array> {
    return this.products.of(directions(this.coding.projection, { rows: tokens.map(({ row }) => row), values }));
  }
}
