import type { DomainEvent } from '../shared/domain-event';
import type { Reservation } from '../shared/reservation';
import type { UsageLine } from '../shared/usage-line';
import type { QueryId } from './query-id';
import type { ReplayReason } from './replay';

/** A query ended: answered, refused, or given up by its client. */
export interface QueryCompleted extends DomainEvent<'query.completed'> {
  readonly queryId: QueryId;
  readonly outcome: 'answered' | 'refused' | 'cancelled' | 'failed' | 'searched';
  readonly chunkIds: readonly string[];
  readonly corpusEpoch: number;
  readonly reservation: Reservation;
  readonly usage: readonly UsageLine[];
}

/** Somebody had a query searched again. */
export interface QueryReplayed extends DomainEvent<'query.replayed'> {
  readonly queryId: QueryId;
  readonly identical: boolean;
  readonly reason: ReplayReason | null;
}
