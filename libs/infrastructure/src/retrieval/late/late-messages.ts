import type { LateInteraction } from '@aegis/domain/retrieval/late-interaction';

/** To the thread. `passages` holds all codes one after another in a buffer of its own, which goes over without being copied. */
export interface LateCall {
  readonly id: number;
  readonly query: Uint8Array;
  readonly passages: Uint8Array;
  readonly lengths: readonly number[];
}

/** Back from it. */
export interface LateAnswer {
  readonly id: number;
  readonly scores: readonly (LateInteraction | null)[];
}
