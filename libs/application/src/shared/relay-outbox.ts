import type { TenantId } from '@aegis/domain/tenants/tenant-id';
import { reactionsTo, type Reactions } from '../reactions';
import type { UnitOfWork } from '../unit-of-work';
import { nothingOfTheDeleted } from './nothing-of-the-deleted';
import type { OutboxDispatch } from './outbox-dispatch';

const BATCH = 100;

/** Delivers events to their `after` reactions, oldest first, each event in one transaction with what it causes. */
export class RelayOutbox {
  /** The last event of a full batch with failures: as many as fit into a batch must not hide all that is behind them. */
  private after: string | null = null;

  constructor(
    private readonly outbox: OutboxDispatch,
    private readonly uow: UnitOfWork,
    private readonly reactions: Reactions,
  ) {}

  /** How many were delivered. An event whose reaction fails stays for the next call and holds up no other; its error is thrown at the end. */
  async execute(): Promise<number> {
    const waiting = await this.next();
    const failures: unknown[] = [];
    for (const { tenantId, id } of waiting)
      await this.deliver(tenantId, id)
        .catch(nothingOfTheDeleted)
        .catch((error: unknown) => failures.push(error));
    const mayHaveMore = waiting.length === BATCH && (failures.length > 0 || this.after !== null);
    this.after = mayHaveMore ? (waiting.at(-1)?.id ?? null) : null;
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${waiting.length} events could not be delivered`);
    return waiting.length;
  }

  /** Those that failed come again once nothing is behind them. */
  private async next(): Promise<Awaited<ReturnType<OutboxDispatch['unsent']>>> {
    const behind = await this.outbox.unsent(BATCH, this.after);
    if (behind.length > 0 || this.after === null) return behind;
    return this.outbox.unsent(BATCH, null);
  }

  private deliver(tenantId: TenantId, id: string): Promise<void> {
    return this.uow.run(tenantId, async (tx) => {
      const event = await tx.outbox.take(id);
      if (event === null) return;
      for (const reaction of reactionsTo(this.reactions, event).after) await reaction(tx, event);
    });
  }
}
