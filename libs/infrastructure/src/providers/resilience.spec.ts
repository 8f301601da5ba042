import { ProviderError, type ProviderErrorReason } from '@aegis/application/providers/provider-error';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { resilient } from './resilience';
import { RetryAfter, parseRetryAfter } from './retry-after';

const patient = () => new AbortController().signal;
/** Of a caller who leaves after 20 ms. */
function soonGone(): AbortSignal {
  const caller = new AbortController();
  setTimeout(() => caller.abort(), 20);
  return caller.signal;
}
const outage = (cause?: unknown) => new ProviderError('예시', 'unavailable', '503', { retryable: true, cause });
const never = () => new Promise<string>(() => undefined);

async function reasonOf(call: Promise<unknown>): Promise<ProviderErrorReason | 'answered' | 'not a ProviderError'> {
  return call.then(
    () => 'answered' as const,
    (error: unknown) => (error instanceof ProviderError ? error.reason : 'not a ProviderError'),
  );
}

/** Fails the given times, then answers. */
function flaky(failures: readonly Error[]) {
  const calls: number[] = [];
  const work = () => {
    calls.push(Date.now());
    const failure = failures[calls.length - 1];
    return failure === undefined ? Promise.resolve('답') : Promise.reject(failure);
  };
  return { calls, work };
}

/** A port of this machine that nobody listens on any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('resilient', () => {
  it('retries what is retryable, a bounded number of times', async () => {
    const once = flaky([outage()]);
    await expect(resilient({ provider: 'p', timeoutMs: 1_000, retries: 1 }).run(once.work, patient())).resolves.toBe('답');
    const twice = flaky([outage(), outage()]);
    expect(await reasonOf(resilient({ provider: 'p', timeoutMs: 1_000, retries: 1 }).run(twice.work, patient()))).toBe('unavailable');
    expect(twice.calls).toHaveLength(2);
  });

  it('asks only once when the provider refuses', async () => {
    const refusal = flaky([new ProviderError('p', 'refused', '401', { retryable: false })]);
    expect(await reasonOf(resilient({ provider: 'p', timeoutMs: 1_000, retries: 3 }).run(refusal.work, patient()))).toBe('refused');
    expect(refusal.calls).toHaveLength(1);
  });

  it('waits as long as the provider asked, and gives up when that is too long', async () => {
    const soon = flaky([outage(new RetryAfter(600))]);
    await resilient({ provider: 'p', timeoutMs: 1_000, retries: 1 }).run(soon.work, patient());
    expect((soon.calls[1] ?? 0) - (soon.calls[0] ?? 0)).toBeGreaterThanOrEqual(590);
    const later = flaky([outage(new RetryAfter(60_000))]);
    expect(await reasonOf(resilient({ provider: 'p', timeoutMs: 1_000, retries: 1 }).run(later.work, patient()))).toBe('unavailable');
    expect(later.calls).toHaveLength(1);
  });

  it('ends an attempt that hangs, and tells the work so', async () => {
    const seen: AbortSignal[] = [];
    const hang = (signal: AbortSignal) => (seen.push(signal), never());
    expect(await reasonOf(resilient({ provider: 'p', timeoutMs: 40, retries: 0 }).run(hang, patient()))).toBe('timeout');
    expect(seen[0]?.aborted).toBe(true);
  });

  it('keeps the signal of finished work open, so that a body can stream on', async () => {
    const seen: AbortSignal[] = [];
    await resilient({ provider: 'p', timeoutMs: 1_000, retries: 0 }).run((signal) => Promise.resolve(seen.push(signal)), patient());
    expect(seen[0]?.aborted).toBe(false);
  });

  it('names a network failure, and lets a bug through', async () => {
    const link = resilient({ provider: 'p', timeoutMs: 1_000, retries: 0 });
    const port = await closedPort();
    expect(await reasonOf(link.run(() => fetch(`http://127.0.0.1:${port}/`).then(String), patient()))).toBe('unavailable');
    await expect(link.run(() => Promise.reject(new TypeError('a bug of ours')), patient())).rejects.toThrow('a bug of ours');
  });

  it('opens after outages in a row, answers at once while open, and closes after a success', async () => {
    const link = resilient({ provider: 'p', timeoutMs: 1_000, retries: 0, breaker: { failures: 2, openMs: 1_000 } });
    const fail = () => Promise.reject(outage());
    expect(await reasonOf(link.run(fail, patient()))).toBe('unavailable');
    expect(await reasonOf(link.run(fail, patient()))).toBe('unavailable');
    const notAsked = flaky([]);
    expect(await reasonOf(link.run(notAsked.work, patient()))).toBe('breaker_open');
    expect(notAsked.calls).toHaveLength(0);
    await sleep(1_050);
    expect(await reasonOf(link.run(notAsked.work, patient()))).toBe('answered');
    expect(await reasonOf(link.run(fail, patient()))).toBe('unavailable');
    expect(await reasonOf(link.run(notAsked.work, patient()))).toBe('answered');
  });

  it('does not hold callers who leave, or refusals, against the provider', async () => {
    const link = resilient({ provider: 'p', timeoutMs: 1_000, retries: 0, breaker: { failures: 1, openMs: 5_000 } });
    expect(await reasonOf(link.run(never, soonGone()))).toBe('cancelled');
    expect(await reasonOf(link.run(() => Promise.reject(new ProviderError('p', 'refused', '400', { retryable: false })), patient()))).toBe(
      'refused',
    );
    expect(await reasonOf(link.run(flaky([]).work, patient()))).toBe('answered');
  });

  it('stays open when the caller of the probe leaves', async () => {
    const link = resilient({ provider: 'p', timeoutMs: 1_000, retries: 0, breaker: { failures: 1, openMs: 1_000 } });
    expect(await reasonOf(link.run(() => Promise.reject(outage()), patient()))).toBe('unavailable');
    await sleep(1_050);
    expect(await reasonOf(link.run(never, soonGone()))).toBe('cancelled');
    expect(await reasonOf(link.run(flaky([]).work, patient()))).toBe('breaker_open');
  });

  it('ends at once when the caller leaves: before the call, in it, between attempts and behind a probe', async () => {
    const link = resilient({ provider: 'p', timeoutMs: 5_000, retries: 2, breaker: { failures: 1, openMs: 1 } });
    const started = Date.now();
    expect(await reasonOf(link.run(never, AbortSignal.abort()))).toBe('cancelled');
    expect(await reasonOf(link.run(never, soonGone()))).toBe('cancelled');
    const waiting = resilient({ provider: 'p', timeoutMs: 5_000, retries: 2 }).run(flaky([outage(new RetryAfter(8_000))]).work, soonGone());
    expect(await reasonOf(waiting)).toBe('cancelled');
    const breaking = resilient({ provider: 'p', timeoutMs: 5_000, retries: 0, breaker: { failures: 1, openMs: 1 } });
    await reasonOf(breaking.run(() => Promise.reject(outage()), patient()));
    await sleep(5);
    const probe = new AbortController();
    const probing = reasonOf(breaking.run(never, probe.signal));
    expect(await reasonOf(breaking.run(never, soonGone()))).toBe('cancelled');
    expect(Date.now() - started).toBeLessThan(4_800); // each of the waits that it must not make takes 5 s
    probe.abort();
    expect(await probing).toBe('cancelled');
  });
});

describe('parseRetryAfter', () => {
  it('reads seconds and dates, and nothing else', () => {
    const now = Date.parse('2026-03-02T09:00:00Z');
    expect(parseRetryAfter('2', now)?.delayMs).toBe(2_000);
    expect(parseRetryAfter('Mon, 02 Mar 2026 09:00:05 GMT', now)?.delayMs).toBe(5_000);
    expect(parseRetryAfter('Mon, 02 Mar 2026 08:59:00 GMT', now)?.delayMs).toBe(0);
    expect(parseRetryAfter('나중에', now)).toBeUndefined();
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});
