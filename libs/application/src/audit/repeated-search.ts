import { NO_FILTER, type SearchFilter } from '@aegis/domain/retrieval/search-filter';
import type { FusionMethod, SearchStrategy } from '@aegis/domain/retrieval/rank-fusion';
import type { KeptQuery, RecordedInput } from '../answering/query-record';
import type { EvidenceRequest } from '../retrieval/evidence-reader';
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
  const understood = record.retrieval.understanding ?? null;
  const filter = filterOf(filters);
  return {
    query: understood?.searchedFor ?? query,
    ...(understood !== null && { plan: { texts: understood.texts, terms: understood.terms } }),
    asOf: { validAt, knownAt: null, atEpoch: corpusEpoch },
    filter: {
      ...filter,
      createdAfter: filter.createdAfter ?? momentOf(understood?.uploadedAfter),
      createdBefore: filter.createdBefore ?? momentOf(understood?.uploadedBefore),
    },
    // Written down by this product from these very types.
    strategy: strategy as SearchStrategy,
    fusion: fusion as FusionMethod,
    alpha,
    rerank,
  };
}

function filterOf(recorded: RecordedInput['filters']): SearchFilter {
  const { createdAfter, createdBefore, ...lists } = recorded as Partial<Record<keyof SearchFilter, unknown>>;
  return {
    ...NO_FILTER,
    ...(lists as Partial<SearchFilter>),
    createdAfter: momentOf(createdAfter),
    createdBefore: momentOf(createdBefore),
  };
}

/** JSON has no dates. */
const momentOf = (value: unknown): Date | null => (typeof value === 'string' || value instanceof Date ? new Date(value) : null);
