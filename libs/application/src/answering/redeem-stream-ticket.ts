import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import type { TokenSigner } from '../shared/token-signer';
import type { UnitOfWork } from '../unit-of-work';
import { TICKET_PURPOSE } from './issue-stream-ticket';
import type { StreamTicket } from './ticket-repository';

export interface RedeemedTicket {
  readonly caller: Caller;
  readonly body: Readonly<Record<string, unknown>>;
  /** For a stream that could not open: the ticket is good again for what is left of its minute. To be called once at most. */
  readonly giveBack: () => Promise<void>;
}

/**
 * Gives the query of a ticket back, once. A ticket is a credential: whatever is wrong with it, the answer is the same. One that was taken is
 * lost with the process that took it before its stream opened: that it opens no second one counts for more.
 */
export class RedeemStreamTicket {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
  ) {}

  /** `beforeLookUp` is called before the database is asked about a ticket that was ours once, and may throw instead. */
  async execute(text: string, beforeLookUp: () => void = () => undefined): Promise<RedeemedTicket> {
    const payload = this.signer.verify(TICKET_PURPOSE, text);
    const [tenant = '', id = ''] = payload?.split('.') ?? [];
    if (payload === null) throw new Unauthenticated();
    beforeLookUp();
    const tenantId = TenantId.parse(tenant);
    const ticket = await this.uow.run(tenantId, async (tx) => {
      const redeemed = await tx.tickets.redeem(id, this.clock.now());
      if (redeemed?.tenantIsActive !== false) return redeemed;
      const { keyId, rateLimitRps } = redeemed;
      throw new TenantSuspended({ tenantId, keyId, rateLimitRps }); // in here, so that the ticket stays
    });
    if (ticket === null) throw new Unauthenticated();
    const caller: Caller = {
      tenantId,
      keyId: ApiKeyId.parse(ticket.keyId),
      keyName: ticket.keyName,
      scopes: ['query'],
      rateLimitRps: ticket.rateLimitRps,
    };
    return { caller, body: ticket.body, giveBack: () => this.giveBack(tenantId, ticket) };
  }

  private async giveBack(tenantId: TenantId, { id, keyId, body, expiresAt }: StreamTicket): Promise<void> {
    if (expiresAt > this.clock.now()) await this.uow.run(tenantId, (tx) => tx.tickets.add({ id, keyId, body, expiresAt }));
  }
}
