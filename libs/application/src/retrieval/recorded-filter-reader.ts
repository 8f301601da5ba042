import { NO_FILTER, type SearchFilter } from '@aegis/domain/retrieval/search-filter';

/** A filter as a record holds it: only what was asked for, moments in ISO 8601 because JSON has none. */
export function readRecordedFilter(recorded: Readonly<Record<string, unknown>>): SearchFilter {
  const { createdAfter, createdBefore, ...lists } = recorded as Partial<Record<keyof SearchFilter, unknown>>;
  return {
    ...NO_FILTER,
    ...(lists as Partial<SearchFilter>),
    createdAfter: recordedMoment(createdAfter),
    createdBefore: recordedMoment(createdBefore),
  };
}

export const recordedMoment = (value: unknown): Date | null =>
  typeof value === 'string' || value instanceof Date ? new Date(value) : null;
