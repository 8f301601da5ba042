import { FeatureReranker } from '@aegis/application/retrieval/feature-reranker';
import { NoReranker, type Reranker } from '@aegis/application/retrieval/reranker';
import { ThreadLateScorer } from '../../retrieval/late/thread-late-scorer';

/** To add a reranker: one file beside this one, one line here. Configuration and tests read this list. */
export const rerankers = {
  features: () => new FeatureReranker(new ThreadLateScorer()),
  none: () => new NoReranker(),
} satisfies Record<string, () => Reranker>;

export type RerankerProvider = keyof typeof rerankers;
