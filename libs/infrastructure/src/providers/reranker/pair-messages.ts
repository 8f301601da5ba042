/** Main thread to worker. `id` is the call's. */
export type PairCall =
  | { readonly type: 'score'; readonly id: number; readonly query: string; readonly passages: readonly string[] }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'close' };

export interface Scored {
  readonly type: 'scored';
  readonly id: number;
  readonly scores: readonly number[];
  readonly tokens: number;
}

/** Worker to main thread. */
export type PairReply =
  | { readonly type: 'ready'; readonly dimensions: number }
  | Scored
  | { readonly type: 'failed'; readonly id: number; readonly reason: 'bad_answer' | 'unavailable'; readonly message: string };
