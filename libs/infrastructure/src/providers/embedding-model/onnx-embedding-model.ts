import {
  EmbeddingModel,
  type EmbeddingKind,
  type EmbeddingModelIdentity,
  type EmbeddingRequest,
  type EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { entryPoint } from '../../system/entry-point';
import { ModelThread } from '../onnx/model-thread';
import { digestOfWeights } from './file-digest';
import type { OnnxReply, OnnxRequest } from './onnx-messages';
import { readOnnxSettings, type OnnxOptions } from './onnx-settings';

/** A thread that runs `onnx-worker`. */
type EmbeddingThread = ModelThread<OnnxRequest, OnnxReply>;

/**
 * Embeds on this machine with any ONNX model in a Hugging Face folder. Costs nothing, needs no network. A run cannot be interrupted, and a
 * query would wait for a passage's, up to 200 ms: where there are both, queries have a thread of their own, and passages step aside while a
 * query goes on. A process that only searches, or only takes documents in, has the model in memory once.
 */
export class OnnxEmbeddingModel extends EmbeddingModel {
  private takesPassages = false;
  private ownThread: 'none' | 'starts' | 'runs' = 'none';

  private constructor(
    readonly identity: EmbeddingModelIdentity,
    /** Of everything, or of everything but queries. */
    private readonly shared: EmbeddingThread,
    private readonly ofQueries: EmbeddingThread,
  ) {
    super();
  }

  /** Resolves when the model has made its first vector. Throws an Error with one clear sentence when the folder is no usable model. */
  static async open(options: OnnxOptions): Promise<OnnxEmbeddingModel> {
    const settings = readOnnxSettings(options);
    const newThread = (): EmbeddingThread =>
      new ModelThread({ provider: 'onnx', entry: entryPoint(__dirname, 'onnx-worker'), workerData: settings });
    const thread = newThread();
    try {
      const [dimensions, digest] = await Promise.all([thread.ready(), digestOfWeights(settings.modelFile)]);
      if (options.dimensions !== undefined && options.dimensions !== dimensions) {
        throw new Error(`it gives ${dimensions} dimensions, not the ${options.dimensions} that are configured`);
      }
      const { name, maxTokens } = settings;
      return new OnnxEmbeddingModel({ provider: 'onnx', name, dimensions, maxTokens, digest }, thread, newThread());
    } catch (error) {
      await thread.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the embedding model in ${options.directory} cannot be used: ${reason}`, { cause: error });
    }
  }

  async countTokens(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    if (texts.length === 0) return [];
    const answer = await this.threadFor('passage').ask({ type: 'count', texts }, signal);
    if (answer.type !== 'counted') throw new Error('the model thread answered another call');
    return answer.counts;
  }

  async embed({ kind, texts, signal }: EmbeddingRequest): Promise<EmbeddingResult> {
    if (texts.length === 0) return { vectors: [], tokens: 0, truncated: [] };
    const answer = await this.threadFor(kind).ask({ type: 'embed', kind, texts }, signal);
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

  async close(): Promise<void> {
    await Promise.all([this.shared.close(), this.ofQueries.close()]);
  }

  private threadFor(kind: EmbeddingKind): EmbeddingThread {
    this.takesPassages ||= kind === 'passage';
    if (kind === 'passage') return this.shared;
    if (this.takesPassages && this.ownThread === 'none') this.startOwnThread();
    if (this.ownThread !== 'runs') return this.shared;
    this.shared.stepAside();
    return this.ofQueries;
  }

  /** It takes a second; until then queries go first on the shared one. Where it does not start, the next query tries again. */
  private startOwnThread(): void {
    this.ownThread = 'starts';
    this.ofQueries.ready().then(
      () => (this.ownThread = 'runs'),
      () => (this.ownThread = 'none'),
    );
  }
}
