import { setImmediate as allThatCan } from 'node:timers/promises';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { UnitOfWork, type Transaction } from '../unit-of-work';
import { GroupedUnits } from './grouped-units';
import { MachineTurns } from './machine-turns';

const tenant = (number: number) => TenantId.parse(`00000000-0000-7000-8000-${String(number).padStart(12, '0')}`);
const [A, B] = [tenant(1), tenant(2)];

/** Commits when it is let go on; a transaction is the list of what was written in it. */
class HeldUnits extends UnitOfWork {
  readonly committed: string[][] = [];
  private readonly held: (() => void)[] = [];

  async run<T>(_tenantId: TenantId, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const written: string[] = [];
    const result = await work({ record: (event: { name: string }) => written.push(event.name) } as unknown as Transaction);
    await new Promise<void>((resolve) => this.held.push(resolve));
    this.committed.push(written);
    return result;
  }

  /** Lets every transaction end that is open, or opens because of it. */
  async goOn(): Promise<void> {
    do {
      for (const resolve of this.held.splice(0)) resolve();
      await allThatCan();
    } while (this.held.length > 0);
  }
}

const writing = (name: string) => (tx: Transaction) => {
  tx.record({ name } as never);
  return Promise.resolve();
};
const failing = (message: string) => () => Promise.reject(new Error(message));

describe('GroupedUnits', () => {
  let uow: HeldUnits;
  let units: GroupedUnits;
  beforeEach(() => {
    uow = new HeldUnits();
    units = new GroupedUnits(uow, new MachineTurns(4, true));
  });

  it('lets what comes during a transaction share the next one', async () => {
    const first = units.run(A, writing('a'));
    await allThatCan();
    const others = ['b', 'c', 'd'].map((name) => units.run(A, writing(name)));
    await uow.goOn();
    await Promise.all([first, ...others]);
    expect(uow.committed).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('resolves nobody before its own rows are committed', async () => {
    const ended: string[] = [];
    const all = ['a', 'b'].map((name) => units.run(A, writing(name)).then(() => ended.push(name)));
    await allThatCan();
    expect(ended).toEqual([]);
    await uow.goOn();
    await Promise.all(all);
    expect(ended).toEqual(['a', 'b']);
  });

  it('never puts two tenants into one transaction', async () => {
    const all = [units.run(A, writing('a1')), units.run(B, writing('b1')), units.run(A, writing('a2')), units.run(B, writing('b2'))];
    await uow.goOn();
    await Promise.all(all);
    expect(uow.committed.map((written) => new Set(written.map(([first]) => first)).size)).toEqual(uow.committed.map(() => 1));
    expect(uow.committed.flat().sort()).toEqual(['a1', 'a2', 'b1', 'b2']);
  });

  it('lets only the one fail that fails, and writes the others once', async () => {
    const all = [writing('a'), writing('b'), failing('mine'), writing('c')].map((work) => units.run(A, work));
    const ends = Promise.allSettled(all);
    await uow.goOn();
    expect((await ends).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    await expect(all[2]).rejects.toThrow('mine');
    expect(uow.committed.flat()).toEqual(['a', 'b', 'c']);
  });

  it('begins anew after a pause', async () => {
    const first = units.run(A, writing('a'));
    await uow.goOn();
    await first;
    const second = units.run(A, writing('b'));
    await uow.goOn();
    await second;
    expect(uow.committed).toEqual([['a'], ['b']]);
  });
});
