import {
  EmbeddingModel,
  type EmbeddingKind,
  type EmbeddingModelIdentity,
  type EmbeddingRequest,
  type EmbeddingResult,
} from '@aegis/application/providers/embedding-model';
import { ProviderError, type ProviderErrorReason } from '@aegis/application/providers/provider-error';
import { createHash } from 'node:crypto';
import { resilient, type Resilience } from '../resilience';
import type { EmbeddingProtocol, ProtocolAnswer } from './embedding-protocol';
import { prefixesOf, type Prefixes } from './model-prefixes';
import { QueryFirstGate } from './query-first-gate';
import { batchesOf } from './remote-batches';
import { fitTokens, tokensAtMost } from './remote-tokens';
import { unit } from './vector-shape';

export interface RemoteOptions {
  /** Undefined: the provider is asked once, at the start. */
  readonly dimensions: number | undefined;
  /** Of one input. Default: 512, which every model in use reads. */
  readonly maxTokens?: number | undefined;
  readonly queryPrefix?: string | undefined;
  readonly passagePrefix?: string | undefined;
  /** Of one request. A person waits for a query (default 5 s, one retry), a job for passages (default 60 s, three retries). */
  readonly timeoutMs?: { readonly query: number; readonly passage: number } | undefined;
  /** Requests in flight at a time. Default: 4. */
  readonly places?: number | undefined;
}

interface Checked {
  readonly vectors: readonly Float32Array[];
  readonly tokens: number;
}

/** Embeds at a provider over HTTP. Believes nothing of an answer that it has not checked. */
export class RemoteEmbeddingModel extends EmbeddingModel {
  private readonly prefixes: Prefixes;
  private readonly gate: QueryFirstGate;
  /** Apart, so that large batches which time out do not keep queries from being asked. */
  private readonly calls: Record<EmbeddingKind, Resilience>;
  private closed = false;

  private constructor(
    private readonly protocol: EmbeddingProtocol,
    readonly identity: EmbeddingModelIdentity,
    options: RemoteOptions,
  ) {
    super();
    const known = prefixesOf(protocol.model);
    const { query, passage } = options.timeoutMs ?? { query: 5_000, passage: 60_000 };
    this.prefixes = { query: options.queryPrefix ?? known.query, passage: options.passagePrefix ?? known.passage };
    this.gate = new QueryFirstGate(options.places ?? 4);
    this.calls = {
      query: resilient({ provider: protocol.provider, timeoutMs: query, retries: 1 }),
      passage: resilient({ provider: protocol.provider, timeoutMs: passage, retries: 3 }),
    };
  }

  /** Throws ProviderError when the dimensions have to be asked for and the provider does not answer. */
  static async open(protocol: EmbeddingProtocol, options: RemoteOptions): Promise<RemoteEmbeddingModel> {
    const { provider, model } = protocol;
    const dimensions = options.dimensions ?? (await dimensionsOf(protocol, options.timeoutMs?.passage ?? 60_000));
    const digest = createHash('sha256').update(`${provider}\n${model}`).digest('hex');
    const identity = { provider, name: model, dimensions, maxTokens: options.maxTokens ?? 512, digest };
    return new RemoteEmbeddingModel(protocol, identity, options);
  }

  countTokens(texts: readonly string[]): Promise<readonly number[]> {
    return Promise.resolve(texts.map((text) => tokensAtMost(this.prefixes.passage + text)));
  }

  async embed({ kind, texts, signal }: EmbeddingRequest): Promise<EmbeddingResult> {
    if (this.closed) throw this.error('unavailable', 'the model is closed');
    const inputs = texts.map((text) => this.prefixes[kind] + text);
    const fitted = inputs.map((input) => fitTokens(input, this.identity.maxTokens));
    const vectors: Float32Array[] = [];
    let tokens = 0;
    for (const batch of batchesOf(fitted)) {
      const answer = await this.request(kind, batch, signal);
      vectors.push(...answer.vectors);
      tokens += answer.tokens;
    }
    return { vectors, tokens, truncated: fitted.map((text, at) => text.length < (inputs[at]?.length ?? 0)) };
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.embed({ kind: 'query', texts: ['check'], signal });
  }

  /** Requests in flight end by themselves. */
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  private async request(kind: EmbeddingKind, batch: readonly string[], signal: AbortSignal): Promise<Checked> {
    // The answer is checked within the call: a wrong one counts against the provider as an outage does.
    const ask = async (attempt: AbortSignal) => this.checked(await this.protocol.ask(batch, attempt), batch);
    try {
      return await this.gate.run(kind, signal, () => this.calls[kind].run(ask, signal));
    } catch (error) {
      if (error instanceof ProviderError || !signal.aborted) throw error;
      throw this.error('cancelled', 'the caller left', error);
    }
  }

  private checked(answer: ProtocolAnswer, batch: readonly string[]): Checked {
    if (answer.vectors.length !== batch.length) {
      throw this.error('bad_answer', `answered with ${answer.vectors.length} vectors for ${batch.length} texts`);
    }
    return { vectors: answer.vectors.map((vector) => this.direction(vector)), tokens: believable(answer.tokens, batch) };
  }

  private direction(vector: unknown): Float32Array {
    const { dimensions } = this.identity;
    const numbers = numbersOf(vector);
    if (numbers === undefined) throw this.error('bad_answer', 'answered with a vector that is not made of finite numbers');
    if (numbers.length !== dimensions)
      throw this.error('bad_answer', `answered with ${numbers.length} dimensions instead of ${dimensions}`);
    const direction = unit(numbers);
    if (direction === undefined) throw this.error('bad_answer', 'answered with a vector without direction');
    return direction;
  }

  private error(reason: ProviderErrorReason, message: string, cause?: unknown): ProviderError {
    return new ProviderError(this.protocol.provider, reason, message, { retryable: false, cause });
  }
}

async function dimensionsOf(protocol: EmbeddingProtocol, timeoutMs: number): Promise<number> {
  const call = resilient({ provider: protocol.provider, timeoutMs, retries: 1 });
  const { vectors } = await call.run((signal) => protocol.ask(['dimensions'], signal), new AbortController().signal);
  const dimensions = numbersOf(vectors[0])?.length ?? 0;
  if (dimensions > 0) return dimensions;
  throw new ProviderError(protocol.provider, 'bad_answer', 'answered without a vector', { retryable: false });
}

function numbersOf(vector: unknown): readonly number[] | undefined {
  return Array.isArray(vector) && vector.every((value): value is number => Number.isFinite(value)) ? vector : undefined;
}

/** The provider's own count where it can be true: it is what the provider bills. */
function believable(tokens: unknown, batch: readonly string[]): number {
  const most = batch.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, 0);
  if (typeof tokens === 'number' && Number.isSafeInteger(tokens) && tokens >= 1 && tokens <= most) return tokens;
  return batch.reduce((sum, text) => sum + tokensAtMost(text), 0);
}
