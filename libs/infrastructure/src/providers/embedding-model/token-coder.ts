import { passageCodes, queryCodes, type TokenProjection, type TokenRows } from '@aegis/domain/retrieval/token-projection';
import { existsSync, readFileSync } from 'node:fs';

const MAGIC = 'AGTP';
const HEADER = 12;
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
 * `token-projection.bin` of a model's folder: `AGTP`, form (1 byte), dimensions (1), width (2), size of the vocabulary (4), then as float32 the
 * mean and the axes, then a byte for each token: its weight in sixteenths. All numbers little-endian. Undefined where there is none.
 */
export function readTokenCoding(file: string): TokenCoding | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  const [form, dimensions, width, vocabulary] = [bytes.readUInt8(4), bytes.readUInt8(5), bytes.readUInt16LE(6), bytes.readUInt32LE(8)];
  const floats = width * (dimensions + 1);
  if (bytes.toString('latin1', 0, 4) !== MAGIC || bytes.length !== HEADER + floats * 4 + vocabulary) {
    throw new Error(`${file} is no token projection`);
  }
  const values = Float32Array.from({ length: floats }, (_, at) => bytes.readFloatLE(HEADER + at * 4));
  return {
    projection: { form, dimensions, width, mean: values.subarray(0, width), axes: values.subarray(width) },
    weights: new Uint8Array(bytes.subarray(HEADER + floats * 4)),
  };
}

export function writeTokenCoding({ projection, weights }: TokenCoding): Uint8Array {
  const { form, dimensions, width, mean, axes } = projection;
  const bytes = Buffer.alloc(HEADER + (mean.length + axes.length) * 4 + weights.length);
  bytes.write(MAGIC, 'latin1');
  bytes.writeUInt8(form, 4);
  bytes.writeUInt8(dimensions, 5);
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt32LE(weights.length, 8);
  [...mean, ...axes].forEach((value, at) => bytes.writeFloatLE(value, HEADER + at * 4));
  bytes.set(weights, HEADER + (mean.length + axes.length) * 4);
  return bytes;
}

/** Makes the compressed token vectors of a text out of what the model's last layer gives for it. */
export class TokenCoder {
  /** `prefixTokens`: those before the text itself, the opening special ones too. One special token closes it. */
  constructor(
    private readonly coding: TokenCoding,
    private readonly prefixTokens: Readonly<Record<'query' | 'passage', number>>,
  ) {}

  passage(ids: readonly number[], values: Float32Array): Uint8Array {
    const rows = this.telling(ids, this.prefixTokens.passage).map(({ row }) => row);
    return passageCodes(this.coding.projection, this.chosen(values, this.prefixTokens.passage, rows));
  }

  query(ids: readonly number[], values: Float32Array): Uint8Array {
    const prefix = this.prefixTokens.query;
    const kept = this.telling(ids, prefix)
      .sort((a, b) => b.weight - a.weight || a.row - b.row)
      .slice(0, QUERY_TOKENS)
      .sort((a, b) => a.row - b.row);
    const rows = kept.map(({ row }) => row);
    const weights = kept.map(({ weight }) => weight);
    return queryCodes(this.coding.projection, this.chosen(values, prefix, rows), weights);
  }

  /** The tokens of the text itself, by their row after the prefix. */
  private telling(ids: readonly number[], prefix: number): { row: number; weight: number }[] {
    return ids.slice(prefix, -1).flatMap((id, row) => {
      const weight = (this.coding.weights[id] ?? 0) / WEIGHT_STEP;
      return weight > 0 ? [{ row, weight }] : [];
    });
  }

  private chosen(values: Float32Array, prefix: number, rows: readonly number[]): TokenRows {
    const { width } = this.coding.projection;
    const chosen = new Float32Array(rows.length * width);
    rows.forEach((row, at) => chosen.set(values.subarray((prefix + row) * width, (prefix + row + 1) * width), at * width));
    return { count: rows.length, values: chosen };
  }
}
