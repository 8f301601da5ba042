import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { withDeadline } from './with-deadline';

const after = (ms: number) => new Promise<'never'>((resolve) => setTimeout(resolve, ms, 'never'));

describe('withDeadline', () => {
  it('aborts work that hangs, for a TimeoutError', async () => {
    const hanging = withDeadline(
      20,
      (late) => new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason as Error))),
    );
    await expect(hanging).rejects.toMatchObject({ name: 'TimeoutError', message: 'not done within 20 ms' });
  });

  it('answers what the work answers, and aborts nothing after it', async () => {
    let signal: AbortSignal | undefined;
    await expect(
      withDeadline(20, (late) => {
        signal = late;
        return Promise.resolve('done');
      }),
    ).resolves.toBe('done');
    await after(40);
    expect(signal?.aborted).toBe(false);
  });

  it('aborts beneath another signal too, whatever was collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const left = new AbortController();
    const hanging = withDeadline(100, (late) => once(AbortSignal.any([left.signal, late]), 'abort').then(() => 'aborted'));
    await after(20);
    collect();
    await expect(Promise.race([hanging, after(1_000)])).resolves.toBe('aborted');
  });
});
