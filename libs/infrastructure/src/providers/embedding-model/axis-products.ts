import { axesOf, type TokenProjection } from '@aegis/domain/retrieval/token-projection';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { openSession } from '../onnx/onnx-session';
import { ONNX_TYPES, onnxModel, onnxNode, onnxTensor, onnxValue } from '../onnx/onnx-writer';

const { float } = ONNX_TYPES;

/**
 * `axisProducts` by onnxruntime. Numbers of 32 bits in an order of its own: their last bits are those of the processor,
 * as are the vectors' that come in. Blocks its thread.
 */
export class AxisProducts {
  private constructor(
    private readonly session: InferenceSession,
    private readonly width: number,
  ) {}

  static async open({ width, layout, axes }: TokenProjection): Promise<AxisProducts> {
    const count = axesOf(layout);
    const model = onnxModel({
      nodes: [onnxNode('Gemm', ['rows', 'axes'], 'products', { transB: 1 })],
      initializers: [onnxTensor('axes', float, [count, width], Buffer.from(axes.buffer, axes.byteOffset, axes.byteLength))],
      inputs: [onnxValue('rows', float, ['tokens', width])],
      outputs: [onnxValue('products', float, ['tokens', count])],
    });
    return new AxisProducts(await openSession(model), width);
  }

  /** Takes rows of `width` numbers, gives as many rows of one number for each axis. */
  async of(rows: Float32Array): Promise<Float32Array> {
    if (rows.length === 0) return new Float32Array();
    const { products } = await this.session.run({ rows: new Tensor('float32', rows, [rows.length / this.width, this.width]) });
    if (!(products?.data instanceof Float32Array)) throw new Error('the products are no numbers of 32 bits');
    return products.data;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
