import type { EmbeddingKind } from '@aegis/application/providers/embedding-model';

/** Main thread to worker. `id` is the call's. */
export type OnnxRequest =
  | { readonly type: 'embed'; readonly id: number; readonly kind: EmbeddingKind; readonly texts: readonly string[] }
  | { readonly type: 'count'; readonly id: number; readonly texts: readonly string[] }
  | { readonly type: 'cancel'; readonly id: number }
  /** A search is under way on this machine: what nobody waits for lets it pass. */
  | { readonly type: 'step_aside' }
  | { readonly type: 'close' };

export interface Embedded {
  readonly type: 'embedded';
  readonly id: number;
  /** All vectors, one after another. */
  readonly values: Float32Array;
  readonly tokens: number;
  readonly truncated: readonly boolean[];
  /** Undefined where the model's folder holds no projection for its tokens. */
  readonly tokenCodes: readonly Uint8Array[] | undefined;
}

/** Worker to main thread. */
export type OnnxReply =
  | { readonly type: 'ready'; readonly dimensions: number }
  | Embedded
  | { readonly type: 'counted'; readonly id: number; readonly counts: readonly number[] }
  | { readonly type: 'failed'; readonly id: number; readonly reason: 'bad_answer' | 'unavailable'; readonly message: string };
