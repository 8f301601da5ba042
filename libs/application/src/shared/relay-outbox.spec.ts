import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { reactions } from '../reactions';
import { UnitOfWork, type Transaction } from '../unit-of-work';
import { OutboxDispatch } from './outbox-dispatch';
import { RelayOutbox } from './relay-outbox';

const TENANT = TenantId.parse('0190c5a0-0000-7000-8000-000000000001');

/** Events by number, some of which can never be delivered; an outbox and its unit of work in memory. */
class Events {
  readonly delivered: number[] = [];
  readonly tried: number[] = [];
  private readonly waiting = new Set<number>();

  constructor(private readonly poison: (id: number) => boolean) {}

  add(from: number, to: number): void {
    for (let id = from; id <= to; id++) this.waiting.add(id);
  }

  unsent(limit: number, after: string | null): { tenantId: TenantId; id: string }[] {
    const ids = [...this.waiting].sort((a, b) => a - b).filter((id) => after === null || id > Number(after));
    return ids.slice(0, limit).map((id) => ({ tenantId: TENANT, id: String(id) }));
  }

  take(id: number): void {
    this.tried.push(id);
    if (this.poison(id)) throw new Error(`event ${id} cannot be delivered`);
    this.waiting.delete(id);
    this.delivered.push(id);
  }
}

class EventDispatch extends OutboxDispatch {
  constructor(private readonly events: Events) {
    super();
  }
  unsent(limit: number, after: string | null) {
    return Promise.resolve(this.events.unsent(limit, after));
  }
}

class EventUnitOfWork extends UnitOfWork {
  constructor(private readonly events: Events) {
    super();
  }
  async run<T>(_tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const outbox = {
      take: (id: string) => {
        this.events.take(Number(id));
        return Promise.resolve(null);
      },
    };
    return work({ outbox } as unknown as Transaction);
  }
}

describe('RelayOutbox', () => {
  const relay = (events: Events) => new RelayOutbox(new EventDispatch(events), new EventUnitOfWork(events), reactions);

  it('delivers what is behind more undeliverable events than it reads at once', async () => {
    const events = new Events((id) => id <= 250);
    events.add(1, 260);
    const relayed = relay(events);
    for (let call = 0; call < 3; call++) await expect(relayed.execute()).rejects.toThrow(/could not be delivered/);
    expect(events.delivered).toEqual([251, 252, 253, 254, 255, 256, 257, 258, 259, 260]);
  });

  it('comes back to those that failed, also when nothing is behind them', async () => {
    let isAway = true;
    const events = new Events(() => isAway);
    events.add(1, 200);
    const relayed = relay(events);
    for (let call = 0; call < 2; call++) await expect(relayed.execute()).rejects.toThrow(/100 of 100/);
    isAway = false;
    expect([await relayed.execute(), await relayed.execute(), await relayed.execute()]).toEqual([100, 100, 0]);
    expect(events.delivered).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('starts with the oldest again after every event has been tried once', async () => {
    const events = new Events((id) => id <= 100);
    events.add(1, 150);
    const relayed = relay(events);
    await expect(relayed.execute()).rejects.toThrow(/100 of 100/);
    expect(await relayed.execute()).toBe(50);
    events.tried.length = 0;
    events.add(151, 151);
    await expect(relayed.execute()).rejects.toThrow(/100 of 100/);
    expect(events.tried[0]).toBe(1);
  });
});
