import { ModelTokenizer } from '@aegis/infrastructure/providers/embedding-model/model-tokenizer';
import { microBatches } from '@aegis/infrastructure/providers/embedding-model/micro-batches';
import { OnnxGraph } from '@aegis/infrastructure/providers/embedding-model/onnx-graph';
import { readOnnxSettings } from '@aegis/infrastructure/providers/embedding-model/onnx-settings';
import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The tokens of one text without prefix and special ones: their ids, and the last layer's vectors as they are. */
export interface TokenVectors {
  readonly ids: Int32Array;
  /** `ids.length` rows of `dimensions` numbers. */
  readonly values: Float32Array;
}

const HEADER = 36;
const TEXTS_PER_CALL = 128;
const TOKENS_A_RUN = 1_024;

/**
 * Token vectors of the bundled model, kept in a file of the system's temporary folder: a second run over the same texts computes nothing.
 * A record is the key (32 bytes), the number of tokens, then for each token its id, a scale, and 16-bit numbers: closer than any form that
 * is measured from them.
 */
export class TokenCache {
  private readonly places = new Map<string, { readonly at: number; readonly tokens: number }>();
  private size: number;

  private constructor(
    private readonly tokenizer: ModelTokenizer,
    private readonly graph: OnnxGraph,
    private readonly prefixes: Readonly<Record<EmbeddingKind, string>>,
    readonly dimensions: number,
    private readonly file: number,
  ) {
    this.size = fstatSync(file).size;
    this.readPlaces();
  }

  static async open(directory: string): Promise<TokenCache> {
    const settings = readOnnxSettings({ directory });
    const tokenizer = ModelTokenizer.read(settings);
    const graph = await OnnxGraph.open(settings, tokenizer.padId);
    const [probe] = await graph.embed([tokenizer.encode('probe').ids]);
    const folder = join(tmpdir(), 'aegis-evaluation-vectors');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${settings.name}.tokens`);
    return new TokenCache(tokenizer, graph, settings.prefixes, probe?.length ?? 0, openSync(file, existsSync(file) ? 'r+' : 'w+'));
  }

  /** Computes what is not there yet. */
  async fill(kind: EmbeddingKind, texts: readonly string[]): Promise<void> {
    const missing = [...new Set(texts)].filter((text) => !this.places.has(keyOf(kind, text)));
    for (let from = 0; from < missing.length; from += TEXTS_PER_CALL) {
      await this.compute(kind, missing.slice(from, from + TEXTS_PER_CALL));
      process.stderr.write(`tokens of ${Math.min(from + TEXTS_PER_CALL, missing.length)} of ${missing.length} texts\n`);
    }
  }

  /** Throws where `fill` has not been called for the text. */
  read(kind: EmbeddingKind, text: string): TokenVectors {
    const place = this.places.get(keyOf(kind, text));
    if (place === undefined) throw new Error('a text has no token vectors');
    const bytes = Buffer.alloc(place.tokens * this.rowBytes);
    readSync(this.file, bytes, 0, bytes.length, place.at);
    const ids = new Int32Array(place.tokens);
    const values = new Float32Array(place.tokens * this.dimensions);
    for (let row = 0; row < place.tokens; row += 1) {
      const at = row * this.rowBytes;
      ids[row] = bytes.readInt32LE(at);
      const scale = bytes.readFloatLE(at + 4);
      for (let d = 0; d < this.dimensions; d += 1) values[row * this.dimensions + d] = bytes.readInt16LE(at + 8 + 2 * d) * scale;
    }
    return { ids, values };
  }

  async close(): Promise<void> {
    closeSync(this.file);
    await this.graph.release();
  }

  private get rowBytes(): number {
    return 8 + 2 * this.dimensions;
  }

  private readPlaces(): void {
    const header = Buffer.alloc(HEADER);
    let at = 0;
    while (at + HEADER <= this.size) {
      readSync(this.file, header, 0, HEADER, at);
      const tokens = header.readUInt32LE(32);
      const next = at + HEADER + tokens * this.rowBytes;
      if (next > this.size) break;
      this.places.set(header.toString('hex', 0, 32), { at: at + HEADER, tokens });
      at = next;
    }
    // A record that a stopped run left half written is written over.
    this.size = at;
  }

  private async compute(kind: EmbeddingKind, texts: readonly string[]): Promise<void> {
    const prefix = this.tokenizer.encode(this.prefixes[kind].trim()).ids.length - 1;
    const encoded = texts.map((text) => this.tokenizer.encode(this.prefixes[kind] + text).ids);
    for (const group of microBatches(
      encoded.map(({ length }) => length),
      TOKENS_A_RUN,
    )) {
      const outputs = await this.graph.embedWithTokens(group.map((at) => encoded[at] ?? []));
      group.forEach((at, index) => {
        const ids = (encoded[at] ?? []).slice(prefix, -1);
        const values = outputs[index]?.tokens?.subarray(prefix * this.dimensions, (prefix + ids.length) * this.dimensions);
        if (values === undefined) throw new Error('the model shows no token vectors');
        this.write(keyOf(kind, texts[at] ?? ''), ids, values);
      });
    }
  }

  private write(key: string, ids: readonly number[], values: Float32Array): void {
    const bytes = Buffer.alloc(HEADER + ids.length * this.rowBytes);
    bytes.write(key, 'hex');
    bytes.writeUInt32LE(ids.length, 32);
    ids.forEach((id, row) => {
      const at = HEADER + row * this.rowBytes;
      const vector = values.subarray(row * this.dimensions, (row + 1) * this.dimensions);
      const scale = Math.max(1e-9, ...vector.map(Math.abs)) / 32_767;
      bytes.writeInt32LE(id, at);
      bytes.writeFloatLE(scale, at + 4);
      vector.forEach((value, d) => bytes.writeInt16LE(Math.round(value / scale), at + 8 + 2 * d));
    });
    writeSync(this.file, bytes, 0, bytes.length, this.size);
    this.places.set(key, { at: this.size + HEADER, tokens: ids.length });
    this.size += bytes.length;
  }
}

const keyOf = (kind: EmbeddingKind, text: string): string => createHash('sha256').update(`${kind}: ${text}`).digest('hex');
