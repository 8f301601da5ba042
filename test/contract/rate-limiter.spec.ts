import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { RateLimiter, RateWindow } from '@aegis/application/shared/rate-limiter';
import { TenantId } from '@aegis/domain/tenants/tenant-id';
import { InMemoryRateLimiter } from '@aegis/infrastructure/rate-limit/in-memory-rate-limiter';
import { RedisRateLimiter } from '@aegis/infrastructure/rate-limit/redis-rate-limiter';
import { PrometheusMetrics } from '@aegis/infrastructure/telemetry/metrics';
import { CollectedLog } from '../support/collected-log';
import { ids } from '../support/database';
import { redisProgram, RedisServer } from '../support/redis-server';

const PATIENCE_MS = 15_000;
let server: RedisServer | null = null;

beforeAll(async () => {
  if (redisProgram !== null) server = await RedisServer.start(redisProgram);
});
afterAll(() => server?.close());

function redis(): RedisServer {
  if (server === null) throw new Error('no Redis');
  return server;
}

const newTenant = () => TenantId.parse(ids.next());
/** Grows so slowly that no test sees it. */
const aWindow = (about: Partial<RateWindow> = {}): RateWindow => ({
  tenantId: newTenant(),
  member: 'key',
  ratePerSecond: 0.001,
  burst: 20,
  ...about,
});

async function takes(limiter: RateLimiter, window: RateWindow, count: number): Promise<number> {
  const decisions = await Promise.all(Array.from({ length: count }, () => limiter.take(window)));
  return decisions.filter(({ admitted }) => admitted).length;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const late = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > late) throw new Error(`waited in vain until ${what}`);
    await pause(20);
  }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Adapter {
  readonly name: string;
  readonly open: () => RateLimiter;
}
const adapters: Adapter[] = [{ name: 'InMemoryRateLimiter', open: () => new InMemoryRateLimiter() }];
if (redisProgram === null) {
  describe('rate limiter: RedisRateLimiter', () => {
    it.skip('is skipped: there is no redis-server on this machine (scripts/services.sh up brings one)', () => undefined);
  });
} else {
  adapters.push({
    name: 'RedisRateLimiter',
    open: () => new RedisRateLimiter(redis().url, new CollectedLog(), new PrometheusMetrics({ processMetrics: false })),
  });
}

describe.each(adapters)('rate limiter: $name', ({ open }) => {
  let limiter: RateLimiter;
  beforeEach(() => (limiter = open()));
  afterEach(() => limiter.close());

  it('admits the burst and refuses what comes on top, also all at once', async () => {
    const window = aWindow();
    expect(await takes(limiter, window, 100)).toBe(20);
    const refused = await limiter.take(window);
    const seconds = { resetSeconds: expect.any(Number) as number, retryAfterSeconds: expect.any(Number) as number };
    expect(refused).toEqual({ admitted: false, remaining: 0, ...seconds });
    expect(refused.retryAfterSeconds).toBeGreaterThan(900);
    // Less the seconds that the machine took meanwhile.
    expect(refused.resetSeconds).toBeGreaterThan(19_900);
    expect(refused.resetSeconds).toBeLessThanOrEqual(20_000);
  });

  it('counts down', async () => {
    const window = aWindow({ ratePerSecond: 0.1 }); // what is taken is back after ten seconds, and not before the second look
    expect(await limiter.take(window)).toEqual({ admitted: true, remaining: 19, resetSeconds: 10, retryAfterSeconds: 0 });
    expect((await limiter.take(window)).remaining).toBe(18);
  });

  it('fills again, evenly', async () => {
    const window = aWindow({ ratePerSecond: 10 });
    await takes(limiter, window, 40);
    const before = performance.now();
    let admitted = 0;
    while (performance.now() - before < 1_000) {
      admitted += await takes(limiter, window, 2);
      await pause(20);
    }
    const seconds = () => (performance.now() - before) / 1_000;
    const least = Math.min(seconds(), 2); // what grows in a pause of the machine beyond that has no room in the window
    admitted += await takes(limiter, window, 20); // what has grown in the last moment
    expect(admitted).toBeGreaterThanOrEqual(Math.floor(least * 10) - 1);
    expect(admitted).toBeLessThanOrEqual(Math.ceil(seconds() * 10) + 1);
  });

  it('holds all keys of a tenant to one window, and keeps tenants and administrators apart', async () => {
    const window = aWindow();
    expect(await takes(limiter, window, 15)).toBe(15);
    expect(await takes(limiter, { ...window, member: 'other' }, 100)).toBeLessThanOrEqual(5);
    expect(await takes(limiter, aWindow(), 100)).toBe(20);
    expect(await takes(limiter, aWindow({ tenantId: null, member: ids.next() }), 100)).toBe(20);
    expect(await takes(limiter, aWindow({ tenantId: null, member: ids.next() }), 100)).toBe(20);
  });

  it('keeps the share of a key that a runaway key of the same tenant would take', async () => {
    const window = aWindow({ ratePerSecond: 20, burst: 20 });
    await takes(limiter, { ...window, member: 'runaway' }, 60);
    let [asked, given] = [0, 0];
    for (let round = 0; round < 60; round++) {
      await takes(limiter, { ...window, member: 'runaway' }, 10);
      if (round % 10 === 0) {
        const got = await takes(limiter, { ...window, member: 'polite' }, 1);
        if (round >= 20) [asked, given] = [asked + 1, given + got];
      }
      await pause(25);
    }
    expect([asked, given]).toEqual([4, 4]);
  });

  it('takes another rate at once', async () => {
    const window = aWindow();
    await takes(limiter, window, 20);
    expect(await takes(limiter, window, 1)).toBe(0);
    await pause(20);
    expect(await takes(limiter, { ...window, ratePerSecond: 10_000, burst: 20_000 }, 50)).toBe(50);
  });
});

const whenRedis = redisProgram === null ? describe.skip : describe;

whenRedis('rate limiter: RedisRateLimiter between processes', () => {
  async function taken(member: string, tenant: TenantId, count: number) {
    const child = spawn(
      process.execPath,
      [join(__dirname, '..', 'support', 'take-together.js'), redis().url, tenant, member, String(count)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    await lines.next();
    return async () => {
      child.stdin.write('go\n');
      return Number((await lines.next()).value);
    };
  }

  it('admits exactly the limit of 100 simultaneous requests of two processes', async () => {
    for (let round = 0; round < 3; round++) {
      const tenant = newTenant();
      const processes = await Promise.all([taken('key', tenant, 50), taken('key', tenant, 50)]);
      const [one = 0, other = 0] = await Promise.all(processes.map((go) => go()));
      expect(one + other).toBe(20);
    }
  });

  it('admits no more than the limit when they come with different keys', async () => {
    const tenant = newTenant();
    const processes = await Promise.all([taken('one', tenant, 50), taken('other', tenant, 50)]);
    const [one = 0, other = 0] = await Promise.all(processes.map((go) => go()));
    expect(one + other).toBeLessThanOrEqual(20);
    expect(one + other).toBeGreaterThanOrEqual(15);
  });
});

whenRedis('rate limiter: RedisRateLimiter and a Redis that', () => {
  let log: CollectedLog;
  let limiters: RedisRateLimiter[];
  const messages = () => log.lines.map(({ level, message }) => `${level}: ${message}`);
  const ALONE = 'warn: rate limits are counted in this process alone';
  const SHARED = 'info: rate limits are shared again';

  const open = (metrics = new PrometheusMetrics({ processMetrics: false })): RedisRateLimiter => {
    const limiter = new RedisRateLimiter(redis().url, log, metrics);
    limiters.push(limiter);
    return limiter;
  };

  beforeEach(() => {
    log = new CollectedLog();
    limiters = [];
  });
  afterEach(async () => {
    redis().thaw();
    await Promise.all(limiters.map((limiter) => limiter.close()));
    await redis().stop();
    await redis().startAgain();
  });

  it('keeps only numbers, under the tenant, and not for long', async () => {
    await redis().command('FLUSHALL');
    const limiter = open();
    const window = aWindow({ ratePerSecond: 10 });
    await takes(limiter, window, 3);
    const key = `aegis:t:${window.tenantId ?? ''}:rate:requests`;
    expect(await redis().command('KEYS', 'aegis:t:*')).toEqual([key]);
    const values = (await redis().command('HVALS', key)) as string[];
    expect(values.every((value) => /^-?\d+(\.\d+)?$/.test(value))).toBe(true);
    const ttl = Number(await redis().command('PTTL', key));
    expect(ttl).toBeGreaterThan(1_000);
    expect(ttl).toBeLessThanOrEqual(11_000);
  });

  it('is not asked again what it can only refuse again, and at once when it can admit', async () => {
    const limiter = open();
    const window = aWindow({ ratePerSecond: 10 });
    await takes(limiter, window, 20);
    await limiter.take(window); // refused for about 100 ms
    await redis().command('CONFIG', 'RESETSTAT');
    const before = performance.now();
    let refused = 0;
    while (!(await limiter.take(window)).admitted) refused += 1;
    expect(performance.now() - before).toBeLessThan(1_000);
    const calls = Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(await redis().command('INFO', 'commandstats')))?.[1] ?? 0);
    expect(refused).toBeGreaterThan(20);
    expect(calls).toBeLessThan(20); // heartbeats, and the end of the wait
    expect((await limiter.take({ ...window, tenantId: newTenant() })).admitted).toBe(true);
  });

  it('forgets its scripts: the text is sent again', async () => {
    const limiter = open();
    const window = aWindow();
    await takes(limiter, window, 5);
    await redis().command('SCRIPT', 'FLUSH');
    expect(await takes(limiter, window, 50)).toBe(15);
    expect(messages()).toEqual([]);
  });

  it('was emptied: windows are full again, and nothing else happens', async () => {
    const limiter = open();
    const window = aWindow();
    await takes(limiter, window, 20);
    await redis().command('FLUSHALL');
    expect(await takes(limiter, window, 50)).toBe(20);
    expect(messages()).toEqual([]);
  });

  it('ends the connection: each process counts by itself for a moment, then together again', async () => {
    const limiter = open();
    await limiter.take(aWindow());
    await redis().command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await pause(50);
    const decisions = await Promise.all(Array.from({ length: 50 }, () => limiter.take(aWindow())));
    expect(decisions.every(({ admitted }) => admitted)).toBe(true);
    await until('it is shared again', () => messages().includes(SHARED));
    expect(messages()).toEqual([ALONE, SHARED]);
  });

  it('is away: each process admits its part, at once, and Redis again when it is back', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    const limiter = open(metrics);
    const other = open();
    const window = aWindow();
    await Promise.all([limiter.take(aWindow()), other.take(aWindow())]);
    await pause(2_500); // two heartbeats: now they know of each other, also where one was late
    await redis().stop();
    expect(await takes(limiter, window, 50)).toBe(10);
    expect(await takes(other, window, 50)).toBe(10);
    const before = performance.now();
    for (let index = 0; index < 1_000; index++) await limiter.take(window);
    expect(performance.now() - before).toBeLessThan(10_000); // a tenth of a second for each would be a hundred
    expect((await metrics.exposition()).text).toMatch(/aegis_rate_limits_shared 0\n/);
    expect((await metrics.exposition()).text).toMatch(/aegis_rate_limit_fallbacks_total 1050\n/);
    expect(messages()).toEqual([ALONE, ALONE]);
    await redis().startAgain();
    await until('both share again', () => messages().filter((message) => message === SHARED).length === 2);
    expect((await metrics.exposition()).text).toMatch(/aegis_rate_limits_shared 1\n/);
    expect(await takes(limiter, window, 15)).toBe(15);
    expect(await takes(other, window, 15)).toBe(5);
  });

  it('is frozen: one short wait, then none', async () => {
    const limiter = open();
    const window = aWindow();
    await limiter.take(aWindow());
    redis().freeze();
    const first = performance.now();
    expect(await takes(limiter, window, 50)).toBe(20);
    expect(performance.now() - first).toBeLessThan(3_000); // a tenth of a second for each would be five
    const second = performance.now();
    for (let index = 0; index < 1_000; index++) await limiter.take(window);
    expect(performance.now() - second).toBeLessThan(10_000); // and here a hundred
    await pause(2_500); // heartbeats go unanswered too
    expect(messages()).toEqual([ALONE]);
    redis().thaw();
    await until('it is shared again', () => messages().includes(SHARED));
    expect(messages()).toEqual([ALONE, SHARED]);
  });

  it('has no room: a script that cannot write is no limit, so each process counts by itself', async () => {
    const limiter = open();
    await limiter.take(aWindow());
    await redis().command('CONFIG', 'SET', 'maxmemory', '1');
    expect(await takes(limiter, aWindow(), 50)).toBe(20);
    expect(messages()).toEqual([ALONE]);
    await redis().command('CONFIG', 'SET', 'maxmemory', '0');
    await until('it is shared again', () => messages().includes(SHARED));
  });

  it('was never there: the start does not fail, and limits hold', async () => {
    await redis().stop();
    const limiter = open();
    expect(await takes(limiter, aWindow(), 50)).toBe(20);
    expect(messages()).toEqual([ALONE]);
  });

  it('is busy elsewhere: an answer that this process was too busy to read counts', async () => {
    const limiter = open();
    const window = aWindow();
    await limiter.take(aWindow());
    const taking = takes(limiter, window, 20);
    await new Promise((resolve) => setImmediate(resolve)); // the commands are out
    const until = performance.now() + 300;
    while (performance.now() < until); // nobody reads
    expect(await taking).toBe(20);
    expect(messages()).toEqual([]);
  });
});
