import type { QueryRecord } from './query-record';

export interface QueryRepository {
  add(record: QueryRecord): Promise<void>;
}
