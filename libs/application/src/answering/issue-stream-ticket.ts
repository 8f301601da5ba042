import type { Caller } from '../shared/caller';
import type { Clock } from '../shared/clock';
import { unkeyed, type Completion } from '../shared/completion';
import type { IdGenerator } from '../shared/id-generator';
import type { TokenSigner } from '../shared/token-signer';
import type { UnitOfWork } from '../unit-of-work';

const LIFETIME_MS = 60_000;
export const TICKET_PURPOSE = 'stream-ticket';

export interface IssuedStreamTicket {
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** Keeps a query for one GET within a minute: a browser's EventSource can neither POST nor send a key. */
export class IssueStreamTicket {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly signer: TokenSigner,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute(
    caller: Caller,
    body: Readonly<Record<string, unknown>>,
    complete: Completion<IssuedStreamTicket> = unkeyed,
  ): Promise<IssuedStreamTicket> {
    const id = this.ids.next();
    const expiresAt = new Date(this.clock.now().getTime() + LIFETIME_MS);
    const issued = { ticket: this.signer.sign(TICKET_PURPOSE, `${caller.tenantId}.${id}`), expiresAt };
    await this.uow.run(caller.tenantId, async (tx) => {
      await tx.tickets.add({ id, keyId: caller.keyId, body, expiresAt });
      await complete(tx, issued);
    });
    return issued;
  }
}
