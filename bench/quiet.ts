import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Others on the machine make waits that are not ours: then times are shown, and not judged. */
const IDLE_LOAD = 0.5;
/** What a bench loads before it measures is gone from the load average of a minute after about three. */
const PATIENCE_MS = 200_000;

/** Waits until the machine does nothing; false where it goes on with something. */
export async function isQuiet(): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  while (load() >= IDLE_LOAD && performance.now() < until) await sleep(2_000);
  return load() < IDLE_LOAD;
}

const load = (): number => loadavg()[0] ?? NaN;
