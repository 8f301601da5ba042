import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';

/** Hex SHA-256 of an ONNX graph and, where its weights lie in a file beside it, of those too. Read in pieces: weights reach gigabytes. */
export async function digestOfWeights(modelFile: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [modelFile, `${modelFile}_data`, `${modelFile}.data`].filter((name) => existsSync(name))) {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  }
  return hash.digest('hex');
}
