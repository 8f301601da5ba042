import type { EmbeddingKind, EmbeddingModel } from '@aegis/application/providers/embedding-model';
import { OnnxEmbeddingModel } from '@aegis/infrastructure/providers/embedding-model/onnx-embedding-model';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY_BYTES = 32;
const TEXTS_PER_CALL = 256;

/** Vectors of the bundled model, kept in the system's temporary folder: a second run over the same texts computes nothing. */
export class CachedEmbedder {
  private readonly vectors = new Map<string, Float32Array>();
  private readonly cacheFile: string;

  private constructor(private readonly model: EmbeddingModel) {
    const folder = join(tmpdir(), 'aegis-evaluation-vectors');
    mkdirSync(folder, { recursive: true });
    this.cacheFile = join(folder, `${model.identity.digest.slice(0, 16)}.bin`);
    this.readCache();
  }

  static async open(directory: string): Promise<CachedEmbedder> {
    return new CachedEmbedder(await OnnxEmbeddingModel.open({ directory }));
  }

  get modelName(): string {
    return this.model.identity.name;
  }

  async embed(kind: EmbeddingKind, texts: readonly string[]): Promise<Float32Array[]> {
    const missing = [...new Set(texts)].filter((text) => !this.vectors.has(keyOf(kind, text)));
    for (let from = 0; from < missing.length; from += TEXTS_PER_CALL) {
      await this.compute(kind, missing.slice(from, from + TEXTS_PER_CALL));
      process.stderr.write(`embedded ${Math.min(from + TEXTS_PER_CALL, missing.length)} of ${missing.length} texts\n`);
    }
    return texts.map((text) => {
      const vector = this.vectors.get(keyOf(kind, text));
      if (vector === undefined) throw new Error('a text has no vector');
      return vector;
    });
  }

  close(): Promise<void> {
    return this.model.close();
  }

  private readCache(): void {
    if (!existsSync(this.cacheFile)) return;
    const bytes = readFileSync(this.cacheFile);
    const recordBytes = KEY_BYTES + this.model.identity.dimensions * 4;
    for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
      const from = bytes.byteOffset + at;
      const vector = new Float32Array(bytes.buffer.slice(from + KEY_BYTES, from + recordBytes));
      this.vectors.set(bytes.toString('hex', at, at + KEY_BYTES), vector);
    }
  }

  private async compute(kind: EmbeddingKind, texts: readonly string[]): Promise<void> {
    const { vectors } = await this.model.embed({ kind, texts, signal: AbortSignal.timeout(600_000) });
    for (const [index, vector] of vectors.entries()) {
      const key = keyOf(kind, texts[index] ?? '');
      this.vectors.set(key, vector);
      appendFileSync(
        this.cacheFile,
        Buffer.concat([Buffer.from(key, 'hex'), Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)]),
      );
    }
  }
}

const keyOf = (kind: EmbeddingKind, text: string): string => createHash('sha256').update(`${kind}: ${text}`).digest('hex');
