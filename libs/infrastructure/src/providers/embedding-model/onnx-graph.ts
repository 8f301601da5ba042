import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openSession } from '../onnx/onnx-session';
import type { OnnxSettings } from './onnx-settings';
import { pool, unit } from './vector-shape';

const FED = new Set(['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']);

const TOKENS = 'last_hidden_state';

/** What one run makes of one text. */
export interface TextOutput {
  /** At unit length; undefined where the model made none. */
  readonly vector: Float32Array | undefined;
  /** One row for each of the text's token ids, special ones included, as the last layer gives them; undefined where the graph shows none. */
  readonly tokens: Float32Array | undefined;
}

/** An embedding graph in onnxruntime. `run` blocks its thread while it works: never on the thread that answers HTTP. */
export class OnnxGraph {
  private constructor(
    private readonly session: InferenceSession,
    private readonly output: string,
    private readonly settings: OnnxSettings,
    private readonly padId: number,
  ) {}

  static async open(settings: OnnxSettings, padId: number): Promise<OnnxGraph> {
    const session = await openSession(settings.modelFile);
    const unknown = session.inputNames.filter((name) => !FED.has(name));
    if (unknown.length > 0) throw new Error(`the graph asks for ${unknown.join(', ')}, which is not fed`);
    const wanted = settings.output === undefined ? ['sentence_embedding', 'last_hidden_state'] : [settings.output];
    const output = wanted.find((name) => session.outputNames.includes(name));
    if (output === undefined) throw new Error(`the graph has no output ${wanted.join(' or ')}, only ${session.outputNames.join(', ')}`);
    return new OnnxGraph(session, output, settings, padId);
  }

  /** A unit vector for each text, given as token ids; undefined where the model made none. */
  async embed(texts: readonly (readonly number[])[]): Promise<readonly (Float32Array | undefined)[]> {
    const vectors = await this.run(texts, [this.output]);
    return vectors.map(({ vector }) => vector);
  }

  /** The same with the vectors of the tokens, out of the same run. */
  embedWithTokens(texts: readonly (readonly number[])[]): Promise<readonly TextOutput[]> {
    const shown = this.session.outputNames.includes(TOKENS) && this.output !== TOKENS;
    return this.run(texts, shown ? [this.output, TOKENS] : [this.output]);
  }

  private async run(texts: readonly (readonly number[])[], outputs: readonly string[]): Promise<readonly TextOutput[]> {
    const width = Math.max(...texts.map((ids) => ids.length));
    const answer = await this.session.run(this.feeds(texts, width), outputs);
    const pooled = outputOf(answer, this.output);
    const tokens = outputs.includes(TOKENS) ? outputOf(answer, TOKENS) : undefined;
    const dimensions = pooled.dims.at(-1) ?? 0;
    const rowsOf = (tensor: GraphTensor, at: number): Float32Array => {
      const perText = tensor.data.length / texts.length;
      return tensor.data.subarray(at * perText, (at + 1) * perText);
    };
    return texts.map((ids, at) => {
      const values = rowsOf(pooled, at);
      return {
        vector: unit(pooled.dims.length === 2 ? values : pool(values, ids.length, dimensions, this.settings.pooling)),
        tokens: tokens?.dims.length === 3 ? rowsOf(tokens, at).subarray(0, ids.length * (tokens.dims[2] ?? 0)) : undefined,
      };
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
}

interface GraphTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

function outputOf(answer: InferenceSession.OnnxValueMapType, name: string): GraphTensor {
  const value = answer[name];
  if (!(value instanceof Tensor) || !(value.data instanceof Float32Array)) throw new Error(`output ${name} is not float32`);
  return { data: value.data, dims: value.dims };
}
