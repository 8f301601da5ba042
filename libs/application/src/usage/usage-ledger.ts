import type { Reservation } from '@aegis/domain/shared/reservation';
import type { UsageLine } from '@aegis/domain/shared/usage-line';

export interface UsageReference {
  readonly queryId: string | null;
  readonly documentId: string | null;
}

/** The budget of the tenant of the transaction. Every reservation is settled at most once, whatever is repeated. */
export interface UsageLedger {
  /**
   * Throws QuotaExceeded when the month's budget cannot carry it, TokenRateLimited when the queries of the last hour, with what others
   * have set aside, reached `tokensPerHour` already: the last one admitted may go beyond it, and no other.
   */
  reserve(reservation: Reservation, tokensPerHour?: number | null): Promise<void>;
  /**
   * Books what it really cost; a reservation of nothing needs no `reserve` before. Above the
   * reserved amount it is overage, never clipped; so is all of it when the reservation expired before: its money was free again.
   */
  post(reservation: Reservation, lines: readonly UsageLine[], about: UsageReference): Promise<void>;
  void(reservation: Reservation): Promise<void>;
  /** Settles a reservation whose holder died: at its progress if the provider had been called, else as void. */
  expire(reservationId: string): Promise<void>;
}
