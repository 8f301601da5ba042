import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxSettings } from './onnx-settings';
import { pool, unit } from './vector-shape';

const FED = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

/** An embedding graph in onnxruntime. `run` blocks its thread while it works: never on the thread that answers HTTP. */
export class OnnxGraph {
  private constructor(
    private readonly session: InferenceSession,
    private readonly output: string,
    private readonly settings: OnnxSettings,
    private readonly padId: number,
  ) {}

  static async open(settings: OnnxSettings, padId: number): Promise<OnnxGraph> {
    const session = await InferenceSession.create(settings.modelFile, {
      // Two threads cost a third to a half of the work done per core: scale by instances.
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Every length is another shape: patterns would be kept for hundreds of them.
      enableMemPattern: false,
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
    const unknown = session.inputNames.filter((name) => !FED.has(name));
    if (unknown.length > 0) throw new Error(`the graph asks for ${unknown.join(', ')}, which is not fed`);
    const wanted = settings.output === undefined ? ['sentence_embedding', 'last_hidden_state'] : [settings.output];
    const output = wanted.find((name) => session.outputNames.includes(name));
    if (output === undefined) throw new Error(`the graph has no output ${wanted.join(' or ')}, only ${session.outputNames.join(', ')}`);
    return new OnnxGraph(session, output, settings, padId);
  }

  /** A unit vector for each text, given as token ids; undefined where the model made none. */
  async embed(texts: readonly (readonly number[])[]): Promise<readonly (Float32Array | undefined)[]> {
    const width = Math.max(...texts.map((ids) => ids.length));
    const tensor = this.outputOf(await this.session.run(this.feeds(texts, width), [this.output]));
    const dimensions = tensor.dims.at(-1) ?? 0;
    const perText = tensor.data.length / texts.length;
    return texts.map((ids, at) => {
      const values = tensor.data.subarray(at * perText, (at + 1) * perText);
      return unit(tensor.dims.length === 2 ? values : pool(values, ids.length, dimensions, this.settings.pooling));
    });
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private feeds(texts: readonly (readonly number[])[], width: number): Record<string, Tensor> {
    const make = (valueAt: (ids: readonly number[], position: number) => number) => {
      const values = new BigInt64Array(texts.length * width);
      texts.forEach((ids, row) => {
        for (let position = 0; position < width; position += 1) values[row * width + position] = BigInt(valueAt(ids, position));
      });
      return new Tensor('int64', values, [texts.length, width]);
    };
    const inputs: Record<string, () => Tensor> = {
      input_ids: () => make((ids, position) => ids[position] ?? this.padId),
      attention_mask: () => make((ids, position) => (position < ids.length ? 1 : 0)),
      token_type_ids: () => make(() => 0),
      position_ids: () => make((_, position) => position),
    };
    return Object.fromEntries(this.session.inputNames.flatMap((name) => (inputs[name] ? [[name, inputs[name]()]] : [])));
  }

  private outputOf(answer: InferenceSession.OnnxValueMapType): { data: Float32Array; dims: readonly number[] } {
    const value = answer[this.output];
    if (!(value instanceof Tensor) || !(value.data instanceof Float32Array)) throw new Error(`output ${this.output} is not float32`);
    return { data: value.data, dims: value.dims };
  }
}
