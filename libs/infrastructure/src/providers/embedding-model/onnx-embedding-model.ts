import {
  EmbeddingModel,
  type EmbeddingModelIdentity,
  type EmbeddingRequest,
  type EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { entryPoint } from '../../system/entry-point';
import { digestOfWeights } from './file-digest';
import { ModelThread } from './model-thread';
import { readOnnxSettings, type OnnxOptions } from './onnx-settings';

/** Embeds on this machine, in a thread of its own, with any ONNX model in a Hugging Face folder. Costs nothing, needs no network. */
export class OnnxEmbeddingModel extends EmbeddingModel {
  private constructor(
    readonly identity: EmbeddingModelIdentity,
    private readonly thread: ModelThread,
  ) {
    super();
  }

  /** Resolves when the model has made its first vector. Throws an Error with one clear sentence when the folder is no usable model. */
  static async open(options: OnnxOptions): Promise<OnnxEmbeddingModel> {
    const settings = readOnnxSettings(options);
    const thread = new ModelThread({ provider: 'onnx', entry: entryPoint(__dirname, 'onnx-worker'), workerData: settings });
    try {
      const [dimensions, digest] = await Promise.all([thread.ready(), digestOfWeights(settings.modelFile)]);
      if (options.dimensions !== undefined && options.dimensions !== dimensions) {
        throw new Error(`it gives ${dimensions} dimensions, not the ${options.dimensions} that are configured`);
      }
      return new OnnxEmbeddingModel({ provider: 'onnx', name: settings.name, dimensions, maxTokens: settings.maxTokens, digest }, thread);
    } catch (error) {
      await thread.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the embedding model in ${options.directory} cannot be used: ${reason}`, { cause: error });
    }
  }

  async countTokens(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    if (texts.length === 0) return [];
    const answer = await this.thread.ask({ type: 'count', texts }, signal);
    if (answer.type !== 'counted') throw new Error('the model thread answered another call');
    return answer.counts;
  }

  async embed({ kind, texts, signal }: EmbeddingRequest): Promise<EmbeddingResult> {
    if (texts.length === 0) return { vectors: [], tokens: 0, truncated: [] };
    const answer = await this.thread.ask({ type: 'embed', kind, texts }, signal);
    if (answer.type !== 'embedded') throw new Error('the model thread answered another call');
    const { dimensions } = this.identity;
    return {
      // Copies: one vector kept in a cache must not keep those of the whole call.
      vectors: texts.map((_, at) => new Float32Array(answer.values.subarray(at * dimensions, (at + 1) * dimensions))),
      tokens: answer.tokens,
      truncated: answer.truncated,
      tokenCodes: answer.tokenCodes,
    };
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.embed({ kind: 'query', texts: ['check'], signal });
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
