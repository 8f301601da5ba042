import { ApiKeyId } from '@aegis/domain/tenants/api-key-id';
import { TenantSuspended, Unauthenticated } from '@aegis/domain/shared/access-errors';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import type { Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import type { TokenSigner } from '../shared/token-signer';
import type { UnitOfWork } from '../unit-of-work';
import { TICKET_PURPOSE } from './issue-stream-ticket';

export interface RedeemedTicket {
  readonly caller: Caller;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Gives the query of a ticket back, once. A ticket is a credential: whatever is wrong with it, the answer is the same. */
export class RedeemStreamTicket {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly signer: TokenSigner,
    private readonly clock: Clock,
  ) {}

  async execute(text: string): Promise<RedeemedTicket> {
    const payload = this.signer.verify(TICKET_PURPOSE, text);
    const [tenant = '', id = ''] = payload?.split('.') ?? [];
    if (payload === null) throw new Unauthenticated();
    const tenantId = TenantId.parse(tenant);
    const ticket = await this.uow.run(tenantId, (tx) => tx.tickets.redeem(id, this.clock.now()));
    if (ticket === null) throw new Unauthenticated();
    if (!ticket.tenantIsActive) throw new TenantSuspended();
    const caller: Caller = {
      tenantId,
      keyId: ApiKeyId.parse(ticket.keyId),
      keyName: ticket.keyName,
      scopes: ['query'],
      rateLimitRps: ticket.rateLimitRps,
    };
    return { caller, body: ticket.body };
  }
}
