import { InMemoryRateLimiter } from './in-memory-rate-limiter';

function setUp(maxBuckets?: number) {
  let now = 0;
  const limiter = new InMemoryRateLimiter(() => now, maxBuckets);
  const take = (bucket = 'tenant:a') => limiter.consume(bucket, 10, 20);
  const admittedOf = async (count: number, bucket?: string) => {
    let admitted = 0;
    for (let index = 0; index < count; index++) if ((await take(bucket)).admitted) admitted++;
    return admitted;
  };
  return { take, admittedOf, pass: (ms: number) => (now += ms) };
}

describe('InMemoryRateLimiter', () => {
  it('admits the burst and refuses what comes on top', async () => {
    const { admittedOf, take } = setUp();
    expect(await admittedOf(25)).toBe(20);
    expect(await take()).toEqual({ admitted: false, remaining: 0, resetSeconds: 2, retryAfterSeconds: 1 });
  });

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

  it('says how many are left and when the bucket is full again', async () => {
    const { take } = setUp();
    expect(await take()).toEqual({ admitted: true, remaining: 19, resetSeconds: 1, retryAfterSeconds: 0 });
  });

  it('keeps buckets apart', async () => {
    const { admittedOf } = setUp();
    await admittedOf(20, 'tenant:a');
    expect(await admittedOf(1, 'tenant:b')).toBe(1);
  });

  it('stays bounded: the bucket that was not used for longest is forgotten', async () => {
    const { admittedOf } = setUp(2);
    await admittedOf(20, 'a');
    await admittedOf(20, 'b');
    await admittedOf(20, 'c');
    expect(await admittedOf(1, 'c')).toBe(0);
    expect(await admittedOf(1, 'a')).toBe(1);
  });
});
