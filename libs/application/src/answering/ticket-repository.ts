/** A query waiting to be streamed to a client that can only GET. */
export interface StreamTicket {
  readonly id: string;
  readonly keyId: string;
  /** The query as it was posted and checked, in wire form. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly expiresAt: Date;
}

/** A ticket with what its key and its tenant are worth now. */
export interface RedeemedStreamTicket extends StreamTicket {
  readonly keyName: string;
  readonly tenantIsActive: boolean;
  /** Requests a second that the tenant set for itself; null: the deployment's default. */
  readonly rateLimitRps: number | null;
}

export interface TicketRepository {
  add(ticket: StreamTicket): Promise<void>;
  /** Takes it away: a second call, one after its time, and one after its key was revoked gets null. */
  redeem(id: string, at: Date): Promise<RedeemedStreamTicket | null>;
}
