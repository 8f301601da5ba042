import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/**
 * Milliseconds of processor time that the database's processes for these connections have used so far. A backend has one thread.
 * @param {readonly number[]} pids
 */
export const backendsMs = (pids) => pids.reduce((sum, pid) => sum + nanosecondsOf(pid) / 1e6, 0);

/** @param {number} pid */
function nanosecondsOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0; // a database on another machine, or no Linux: then only the own process is shown
  }
}

/** What all processors of the machine have done so far, in milliseconds; `stolenMs`: what another machine on the same metal took. */
export function machineMs() {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line.trim().split(/\s+/).slice(1).map(Number);
    return { busyMs: (user + nice + system + irq + softirq) * TICK_MS, stolenMs: stolen * TICK_MS };
  } catch {
    return { busyMs: 0, stolenMs: 0 };
  }
}
