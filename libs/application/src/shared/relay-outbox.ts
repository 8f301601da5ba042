import { reactionsTo, type Reactions } from '../reactions';
import type { UnitOfWork } from '../unit-of-work';
import type { OutboxDispatch } from './outbox-dispatch';

const BATCH = 100;

/** Delivers events to their `after` reactions, oldest first, each event in one transaction with what it causes. */
export class RelayOutbox {
  constructor(
    private readonly outbox: OutboxDispatch,
    private readonly uow: UnitOfWork,
    private readonly reactions: Reactions,
  ) {}

  /** How many were delivered; an event whose reaction fails stays and is tried again with the next call. */
  async execute(): Promise<number> {
    const waiting = await this.outbox.unsent(BATCH);
    for (const { tenantId, id } of waiting) {
      await this.uow.run(tenantId, async (tx) => {
        const event = await tx.outbox.take(id);
        if (event === null) return;
        for (const reaction of reactionsTo(this.reactions, event).after) await reaction(tx, event);
      });
    }
    return waiting.length;
  }
}
