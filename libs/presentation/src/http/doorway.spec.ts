import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { Doorway } from './doorway';

const tenant = (number: number) => TenantId.parse(`00000000-0000-7000-8000-${String(number).padStart(12, '0')}`);
const loopTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('Doorway', () => {
  it('lets whoever comes to an empty one in at once', async () => {
    let turned = false;
    setImmediate(() => (turned = true));
    await new Doorway().pass(tenant(1));
    expect(turned).toBe(false);
  });

  it('lets one in for each turn of the event loop', async () => {
    const doorway = new Doorway();
    let passed = 0;
    for (let number = 0; number < 20; number++) void doorway.pass(tenant(1)).then(() => (passed += 1));
    const seen: number[] = [];
    for (let turn = 0; turn < 10; turn++) {
      await loopTurn();
      seen.push(passed);
    }
    const steps = seen.slice(1).map((count, index) => count - (seen[index] ?? 0));
    expect(Math.max(...steps)).toBe(1);
    expect(passed).toBeGreaterThanOrEqual(9);
  });

  it('lets tenants in by turns, however many of one tenant wait', async () => {
    const doorway = new Doorway();
    const passed: string[] = [];
    const come = (name: string, number: number) => doorway.pass(tenant(number)).then(() => void passed.push(name));
    const all = [...Array.from({ length: 200 }, () => come('crowd', 1)), come('guest', 2)];
    await Promise.all(all);
    expect(passed.indexOf('guest')).toBeLessThanOrEqual(2);
  });

  it('keeps a crowd apart while another tenant is there', async () => {
    const doorway = new Doorway();
    await doorway.pass(tenant(2));
    let passed = 0;
    const all = Array.from({ length: 50 }, () => doorway.pass(tenant(1)).then(() => (passed += 1)));
    const before = performance.now();
    await Promise.all(all);
    // Two milliseconds after each but the last; timers are at most a little early.
    expect(performance.now() - before).toBeGreaterThan(80);
    expect(passed).toBe(50);
  });

  it('keeps nobody apart who is alone', async () => {
    const doorway = new Doorway();
    await Promise.all(Array.from({ length: 5 }, () => doorway.pass(tenant(2))));
    const passing = new Set(Array.from({ length: 50 }, (_, index) => index));
    for (const each of [...passing]) void doorway.pass(tenant(2)).then(() => passing.delete(each));
    let turns = 0;
    for (; passing.size > 0; turns++) await loopTurn();
    expect(turns).toBeLessThan(120); // with a pause after each it would be hundreds
  });
});
