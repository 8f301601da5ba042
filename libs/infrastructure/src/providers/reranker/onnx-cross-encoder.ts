import { CrossEncoder, type CrossEncoderIdentity, type PairRequest, type PairScores } from '@aegis/application/providers/cross-encoder';
import { ProviderError } from '@aegis/application/providers/provider-error';
import { withDeadline } from '@aegis/application/shared/with-deadline';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { entryPoint } from '../../system/entry-point';
import { digestOfWeights } from '../embedding-model/file-digest';
import { readOnnxSettings } from '../embedding-model/onnx-settings';
import { ModelThread } from '../onnx/model-thread';
import type { PairCall, PairReply, Scored } from './pair-messages';

export interface OnnxCrossEncoderOptions {
  /** A folder of the usual Hugging Face form: `config.json`, `tokenizer.json`, `model.onnx` or `onnx/model.onnx`. */
  readonly directory: string;
  readonly name?: string | undefined;
  readonly timeoutMs: number;
}

/** Calls that may wait for the thread: each is most of a second of work, and more would time out. */
const MOST_CALLS = 64;

/** Scores on this machine, in a thread of its own, with any cross-encoder in a Hugging Face folder. Costs nothing, needs no network. */
export class OnnxCrossEncoder extends CrossEncoder {
  private constructor(
    readonly identity: CrossEncoderIdentity,
    private readonly thread: ModelThread<PairCall, PairReply>,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  /** Resolves when the model has scored its first pair. Throws an Error with one clear sentence when the folder is no usable model. */
  static async open({ directory, name, timeoutMs }: OnnxCrossEncoderOptions): Promise<OnnxCrossEncoder> {
    let thread: ModelThread<PairCall, PairReply> | undefined;
    try {
      const settings = readOnnxSettings({ directory, name });
      const entry = entryPoint(__dirname, 'pair-worker');
      thread = new ModelThread({ provider: 'onnx', entry, workerData: settings, calls: MOST_CALLS });
      const [, weights] = await Promise.all([thread.ready(), digestOfWeights(settings.modelFile)]);
      // Another tokenizer makes another model of the same weights.
      const digest = createHash('sha256').update(weights).update(readFileSync(settings.tokenizerFile)).digest('hex');
      return new OnnxCrossEncoder({ provider: 'onnx', model: settings.name, digest }, thread, timeoutMs);
    } catch (error) {
      await thread?.close();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`the reranker in ${directory} cannot be used: ${reason}`, { cause: error });
    }
  }

  async score({ query, passages, signal }: PairRequest): Promise<PairScores> {
    if (passages.length === 0) return { scores: [], usage: { tokens: 0, searches: 0 } };
    return withDeadline(this.timeoutMs, async (late) => {
      try {
        const { scores, tokens }: Scored = await this.thread.ask({ type: 'score', query, passages }, AbortSignal.any([signal, late]));
        return { scores, usage: { tokens, searches: 0 } };
      } catch (error) {
        if (signal.aborted || !late.aborted) throw error;
        throw new ProviderError('onnx', 'timeout', `no scores within ${this.timeoutMs} ms`, { retryable: true, cause: error });
      }
    });
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
