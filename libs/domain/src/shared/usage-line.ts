import type { MicroUsd } from './micro-usd';

/** `ingestion` counts documents and pages; their vectors are `document_embedding`. */
export type UsageKind = 'query_embedding' | 'reranking' | 'generation' | 'document_embedding' | 'ingestion';

/** One provider's part of one piece of work, as it is billed. */
export interface UsageLine {
  readonly kind: UsageKind;
  readonly provider: string;
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly pages: number;
  readonly cost: MicroUsd;
}
