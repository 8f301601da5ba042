import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';

/** Main thread to worker. `passages` holds all codes one after another. */
export type LateCall =
  | {
      readonly type: 'score';
      readonly id: number;
      readonly query: Uint8Array;
      readonly passages: Uint8Array;
      readonly lengths: readonly number[];
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'close' };

export interface LateScores {
  readonly type: 'scored';
  readonly id: number;
  readonly scores: readonly (LateInteraction | null)[];
}

/** Worker to main thread. */
export type LateReply =
  | { readonly type: 'ready'; readonly dimensions: number }
  | LateScores
  | { readonly type: 'failed'; readonly id: number; readonly reason: 'unavailable'; readonly message: string };
