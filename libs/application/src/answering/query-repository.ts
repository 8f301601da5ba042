import type { QueryRecord } from './query-record';

/** A query was written down before: by a transaction of which nobody knew whether it had gone through. */
export class AlreadyRecorded extends Error {
  override readonly name = 'AlreadyRecorded';
}

export interface QueryRepository {
  /** Throws AlreadyRecorded when it is there already: then nothing else of its transaction is kept either. */
  add(record: QueryRecord): Promise<void>;
  /** Removes at most `limit` queries that are older than so many days; how many it were. */
  forget(olderThanDays: number, limit: number): Promise<number>;
}
