import type { KeptQuery } from './query-record';
import type { EvidenceRequest } from '../retrieval/evidence-reader';
import { readRecordedFilter, recordedMoment } from '../retrieval/recorded-filter-reader';
import type { SearchedState } from './replay-reader';

/** The state that a query searched. Records from before the moment was kept had the one that was asked for, else their own. */
export function searchedState({ askedAt, corpusEpoch, input, retrieval }: KeptQuery): SearchedState {
  const { validAt } = retrieval;
  if (validAt !== undefined) return { corpusEpoch, validAt: validAt === null ? null : new Date(validAt) };
  if (input.asOfDate !== null) return { corpusEpoch, validAt: new Date(input.asOfDate) };
  return { corpusEpoch, validAt: input.knownAt === null ? null : askedAt };
}

/** What was looked for, in the state in which it was looked for. */
export function repeatedSearch(record: KeptQuery): EvidenceRequest {
  const { corpusEpoch, validAt } = searchedState(record);
  const { query, strategy, fusion, alpha, filters, rerank = false } = record.input;
  const { reranker } = record.retrieval;
  const understood = record.retrieval.understanding ?? null;
  const filter = readRecordedFilter(filters);
  return {
    query: understood?.searchedFor ?? query,
    ...(understood !== null && { plan: { texts: understood.texts, terms: understood.terms } }),
    asOf: { validAt, knownAt: null, atEpoch: corpusEpoch },
    filter: {
      ...filter,
      createdAfter: filter.createdAfter ?? recordedMoment(understood?.uploadedAfter),
      createdBefore: filter.createdBefore ?? recordedMoment(understood?.uploadedBefore),
    },
    // Written down by this product from these very types.
    strategy: strategy as EvidenceRequest['strategy'],
    fusion: fusion as EvidenceRequest['fusion'],
    alpha,
    rerank,
    kept: reranker === undefined ? null : new Map(Object.entries(reranker.scores)),
  };
}
