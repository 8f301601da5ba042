import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openSession } from '../onnx/onnx-session';
import type { PairTokens } from './pair-template';

const FED = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

/** A graph that classifies pairs, in onnxruntime. `run` blocks its thread while it works: never on the thread that answers HTTP. */
export class PairGraph {
  private constructor(
    private readonly session: InferenceSession,
    private readonly output: string,
    private readonly padId: number,
  ) {}

  static async open(modelFile: string, padId: number): Promise<PairGraph> {
    const session = await openSession(modelFile);
    const unknown = session.inputNames.filter((name) => !FED.has(name));
    if (unknown.length > 0) throw new Error(`the graph asks for ${unknown.join(', ')}, which is not fed`);
    if (!session.outputNames.includes('logits')) throw new Error(`the graph has no output logits, only ${session.outputNames.join(', ')}`);
    return new PairGraph(session, 'logits', padId);
  }

  /** One number for each pair; of a model with two classes, how much more it holds for the second, which is "fits". */
  async score(pairs: readonly PairTokens[]): Promise<readonly number[]> {
    const answer = await this.session.run(this.feeds(pairs), [this.output]);
    const logits = answer[this.output];
    if (!(logits instanceof Tensor) || !(logits.data instanceof Float32Array)) throw new Error('output logits is not float32');
    const { data } = logits;
    const classes = data.length / pairs.length;
    if (classes !== 1 && classes !== 2) throw new Error(`the model gives ${classes} numbers for a pair: one or two say how well it fits`);
    return pairs.map((_, at) => (classes === 1 ? (data[at] ?? NaN) : (data[2 * at + 1] ?? NaN) - (data[2 * at] ?? NaN)));
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private feeds(pairs: readonly PairTokens[]): Record<string, Tensor> {
    const width = Math.max(...pairs.map(({ ids }) => ids.length));
    const make = (valueAt: (pair: PairTokens, position: number) => number): Tensor => {
      const values = pairs.flatMap((pair) => Array.from({ length: width }, (_, position) => BigInt(valueAt(pair, position))));
      return new Tensor('int64', BigInt64Array.from(values), [pairs.length, width]);
    };
    const inputs: Record<string, () => Tensor> = {
      input_ids: () => make(({ ids }, position) => ids[position] ?? this.padId),
      attention_mask: () => make(({ ids }, position) => (position < ids.length ? 1 : 0)),
      token_type_ids: () => make(({ types }, position) => types[position] ?? 0),
      position_ids: () => make((_, position) => position),
    };
    return Object.fromEntries(this.session.inputNames.flatMap((name) => (inputs[name] ? [[name, inputs[name]()]] : [])));
  }
}
