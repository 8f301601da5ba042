/** Element types of onnx.proto. */
export const ONNX_TYPES = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
export type OnnxType = (typeof ONNX_TYPES)[keyof typeof ONNX_TYPES];

/** Parts of a graph, written field by field of onnx.proto, as this module makes them. */
export interface OnnxParts {
  readonly nodes: readonly Buffer[];
  readonly initializers: readonly Buffer[];
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

/** A whole model: IR version 8, operator set 13. */
export function onnxModel({ nodes, initializers, inputs, outputs }: OnnxParts): Buffer {
  const graph = [
    ...nodes.map((part) => field(1, part)),
    field(2, 'graph'),
    ...initializers.map((part) => field(5, part)),
    ...inputs.map((part) => field(11, part)),
    ...outputs.map((part) => field(12, part)),
  ];
  return Buffer.concat([field(1, 8), field(7, Buffer.concat(graph)), field(8, field(2, 13))]);
}

/** `attributes`: whole numbers by name. */
export function onnxNode(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number>> = {},
): Buffer {
  const INT = 2;
  const named = Object.entries(attributes).map(([name, number]) =>
    field(5, Buffer.concat([field(1, name), field(3, number), field(20, INT)])),
  );
  return Buffer.concat([...inputs.map((input) => field(1, input)), field(2, output), field(4, operator), ...named]);
}

/** `raw`: little-endian. No dimensions: a single number. */
export function onnxTensor(name: string, type: OnnxType, dimensions: readonly number[], raw: Buffer): Buffer {
  return Buffer.concat([...dimensions.map((size) => field(1, size)), field(2, type), field(8, name), field(9, raw)]);
}

/** An input or output; dimensions by name where they differ from run to run. */
export function onnxValue(name: string, type: OnnxType, shape: readonly (string | number)[]): Buffer {
  const dimensions = shape.map((size) => field(1, typeof size === 'number' ? field(1, size) : field(2, size)));
  const tensor = Buffer.concat([field(1, type), field(2, Buffer.concat(dimensions))]);
  return Buffer.concat([field(1, name), field(2, field(1, tensor))]);
}

/** A protobuf field: numbers as varint, the rest with its length in front. */
function field(number: number, content: number | string | Buffer): Buffer {
  if (typeof content === 'number') return Buffer.concat([varint(number * 8), varint(content)]);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(number: number): Buffer {
  const bytes: number[] = [];
  let rest = number;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
