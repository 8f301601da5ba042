import type { QueryRecord } from './query-record';

export interface QueryRepository {
  /** False when it is there already. */
  add(record: QueryRecord): Promise<boolean>;
  /** Removes at most `limit` queries that are older than so many days; how many it were. */
  forget(olderThanDays: number, limit: number): Promise<number>;
}
