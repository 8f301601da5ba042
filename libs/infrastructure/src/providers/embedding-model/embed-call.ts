import type { EncodedText } from './model-tokenizer';
import type { OnnxReply } from './onnx-messages';

/** Gathers the vectors of one call, which come in any order, and says when all are there. */
export class EmbedCall {
  private readonly values: Float32Array;
  private readonly truncated: boolean[];
  private readonly codes: Uint8Array[] = [];
  private missing: number;
  private tokens = 0;
  private broken = false;
  constructor(
    readonly id: number,
    readonly texts: readonly string[],
    private readonly dimensions: number,
  ) {
    this.values = new Float32Array(texts.length * dimensions);
    this.truncated = texts.map(() => false);
    this.missing = texts.length;
  }

  /** The answer once the last vector is in, else undefined. */
  put(position: number, encoded: EncodedText, vector: Float32Array | undefined, codes?: Uint8Array): OnnxReply | undefined {
    if (codes !== undefined) this.codes[position] = codes;
    this.tokens += encoded.ids.length;
    this.truncated[position] = encoded.truncated;
    if (vector?.length === this.dimensions) this.values.set(vector, position * this.dimensions);
    else this.broken = true;
    this.missing -= 1;
    if (this.missing > 0) return undefined;
    if (this.broken) return { type: 'failed', id: this.id, reason: 'bad_answer', message: 'the model gave a vector without direction' };
    return {
      type: 'embedded',
      id: this.id,
      values: this.values,
      tokens: this.tokens,
      truncated: this.truncated,
      tokenCodes: this.allCodes(),
    };
  }

  /** All or nothing: a call is of one model. */
  private allCodes(): readonly Uint8Array[] | undefined {
    return Object.keys(this.codes).length === this.texts.length ? this.codes : undefined;
  }
}
