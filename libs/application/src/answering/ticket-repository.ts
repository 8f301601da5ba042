/** A query waiting to be streamed to a client that can only GET. */
export interface StreamTicket {
  readonly id: string;
  readonly keyId: string;
  /** The query as it was posted and checked, in wire form. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

export interface TicketRepository {
  add(ticket: StreamTicket): Promise<void>;
  /** Takes it away: a second call, or one after its time, gets null. */
  redeem(id: string, at: Date): Promise<StreamTicket | null>;
}
