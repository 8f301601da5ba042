import type { QueryId } from '../answering/query-id';
import type { DomainEvent } from '../shared/domain-event';
import type { ReplayReason } from './replay';

/** Somebody had a query searched again. */
export interface QueryReplayed extends DomainEvent<'query.replayed'> {
  readonly queryId: QueryId;
  readonly identical: boolean;
  readonly reason: ReplayReason | null;
}
