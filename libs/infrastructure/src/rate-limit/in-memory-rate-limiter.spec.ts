import fc from 'fast-check';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { InMemoryRateLimiter } from './in-memory-rate-limiter';
import { MAX_MEMBERS } from './window-state';

const A = TenantId.parse('00000000-0000-7000-8000-00000000000a');
const B = TenantId.parse('00000000-0000-7000-8000-00000000000b');
const C = TenantId.parse('00000000-0000-7000-8000-00000000000c');

function setUp({ rate = 10, burst = 20, maxWindows }: { rate?: number; burst?: number; maxWindows?: number } = {}) {
  let now = 0;
  const limiter = new InMemoryRateLimiter(() => now, maxWindows);
  const take = (member = 'key', tenantId: TenantId | null = A) => limiter.take({ tenantId, member, ratePerSecond: rate, burst });
  const admittedOf = async (count: number, member?: string, tenantId?: TenantId | null) => {
    let admitted = 0;
    for (let index = 0; index < count; index++) if ((await take(member, tenantId)).admitted) admitted++;
    return admitted;
  };
  return { take, admittedOf, pass: (ms: number) => (now += ms) };
}

describe('InMemoryRateLimiter', () => {
  it('fills evenly, and not above the burst', async () => {
    const { admittedOf, pass } = setUp();
    await admittedOf(20);
    pass(500);
    expect(await admittedOf(10)).toBe(5);
    pass(60_000);
    expect(await admittedOf(30)).toBe(20);
  });

  it('takes nothing for a refused request', async () => {
    const { admittedOf, take, pass } = setUp();
    await admittedOf(20);
    for (let index = 0; index < 50; index++) await take();
    pass(100);
    expect((await take()).admitted).toBe(true);
  });

  it('says how many are left, when the window is full again and when the next is admitted', async () => {
    const { take, admittedOf } = setUp();
    expect(await take()).toEqual({ admitted: true, remaining: 19, resetSeconds: 1, retryAfterSeconds: 0 });
    await admittedOf(19);
    expect(await take()).toEqual({ admitted: false, remaining: 0, resetSeconds: 2, retryAfterSeconds: 1 });
  });

  it('stays bounded: the window that was not used for longest is forgotten', async () => {
    const { admittedOf } = setUp({ maxWindows: 2 });
    for (const tenant of [A, B, C]) await admittedOf(20, 'key', tenant);
    expect(await admittedOf(1, 'key', C)).toBe(0);
    expect(await admittedOf(1, 'key', A)).toBe(1);
  });

  it('gives a key that draws alone all of it', async () => {
    const { admittedOf, pass } = setUp();
    expect(await admittedOf(1, 'other')).toBe(1);
    pass(10_001); // the other gave its share back
    expect(await admittedOf(30, 'key')).toBe(20);
  });

  it('keeps a share for a key that draws too, also for a burst of it', async () => {
    const { admittedOf, pass } = setUp();
    await admittedOf(40, 'runaway');
    expect(await admittedOf(1, 'polite')).toBe(0); // what is gone is gone
    const runaway = async (ms: number) => {
      for (let at = 0; at < ms; at += 10, pass(10)) await admittedOf(3, 'runaway');
    };
    await runaway(3_000);
    expect(await admittedOf(15, 'polite')).toBe(10);
  });

  it('gives what is not drawn to those who want it: the rate is never left lying', async () => {
    const { admittedOf, pass } = setUp();
    await admittedOf(1, 'idle');
    await admittedOf(40, 'busy');
    let admitted = 0;
    for (let at = 0; at < 8_000; at += 10, pass(10)) admitted += await admittedOf(2, 'busy');
    expect(admitted).toBeGreaterThanOrEqual(70 - 1);
    expect(admitted).toBeLessThanOrEqual(80);
  });

  it('stays bounded in members too: those on top draw as one', async () => {
    const { take } = setUp({ rate: 1_000, burst: 2_000 });
    const decisions = [];
    for (let index = 0; index < MAX_MEMBERS * 3; index++) decisions.push(await take(`key ${index}`));
    expect(decisions.filter(({ admitted }) => admitted).length).toBeGreaterThan(MAX_MEMBERS);
  });

  it('never gives all members together more than the window', async () => {
    const step = fc.record({
      member: fc.integer({ min: 0, max: 5 }),
      ms: fc.integer({ min: 0, max: 700 }),
      count: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 60 }),
        async (steps, rate, burst) => {
          const { admittedOf, pass } = setUp({ rate, burst });
          let [admitted, passed] = [0, 0];
          for (const { member, ms, count } of steps) {
            pass(ms);
            passed += ms;
            admitted += await admittedOf(count, `key ${member}`);
            expect(admitted).toBeLessThanOrEqual(burst + (passed / 1_000) * rate + 1e-6);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('starves nobody: whoever asks for less than its share gets it, whatever the others do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 5, max: 50 }),
        fc.integer({ min: 1, max: 4 }),
        async (runaways, rate, greed) => {
          const { admittedOf, pass } = setUp({ rate, burst: rate * 2 });
          const everyMs = Math.ceil((1_000 * (runaways + 1)) / rate) * 1.25; // four fifths of its share
          let [asked, admitted] = [0, 0];
          for (let at = 0, next = 0; at < 20_000; at += 20, pass(20)) {
            for (let index = 0; index < runaways; index++) await admittedOf(greed, `runaway ${index}`);
            if (at < next) continue;
            next += everyMs;
            const got = await admittedOf(1, 'polite');
            if (at < 3_000) continue; // by then it is known, and what was taken before it came has grown again
            asked += 1;
            admitted += got;
          }
          expect(admitted).toBe(asked);
        },
      ),
      { numRuns: 12 }, // 1,000 steps of up to 17 requests each
    );
  });
});
