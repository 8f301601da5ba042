/** Vectors one after the other as float32, little endian: to the bit what the model gave. */
export function bytesOf(vectors: readonly Float32Array[]): Buffer {
  const bytes = Buffer.alloc(vectors.reduce((sum, { length }) => sum + length, 0) * BYTES);
  let at = 0;
  for (const vector of vectors) for (const value of vector) at = bytes.writeFloatLE(value, at);
  return bytes;
}

/** The vectors again, each of so many numbers. Throws when they do not come out even: the row belongs to another model. */
export function vectorsOf(bytes: Buffer, dimensions: number): readonly Float32Array[] {
  const count = bytes.length / (dimensions * BYTES);
  if (!Number.isInteger(count)) throw new Error(`${bytes.length} bytes are no vectors of ${dimensions} numbers`);
  return Array.from({ length: count }, (_, which) =>
    Float32Array.from({ length: dimensions }, (_value, at) => bytes.readFloatLE((which * dimensions + at) * BYTES)),
  );
}

const BYTES = Float32Array.BYTES_PER_ELEMENT;
