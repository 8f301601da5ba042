import type { AegisEvent } from '../aegis-event';

/** Events of the tenant of the transaction that wait for their `after` reactions. */
export interface Outbox {
  /** Marks the event as delivered; null when it was already. */
  take(id: string): Promise<AegisEvent | null>;
}
