import type { QueryRecord } from './query-record';

export interface QueryRepository {
  /** False when it is there already. */
  add(record: QueryRecord): Promise<boolean>;
}
