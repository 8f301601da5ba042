import { Worker } from 'node:worker_threads';

export interface WatchdogLimits {
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

/** How often it looks, in milliseconds: a decompression bomb adds some 10 MB in this time. */
const INTERVAL_MS = 25;

/** Plain JavaScript: it must run before anything else is loaded. */
const WATCH = `
const { parentPort, workerData } = require('node:worker_threads');
let cpuMs = workerData.cpuMs;
parentPort.on('message', (more) => { cpuMs += more; });
setInterval(() => {
  if (process.memoryUsage.rss() > workerData.memoryBytes) process.kill(process.pid, 'SIGKILL');
  const { user, system } = process.cpuUsage();
  if ((user + system) / 1000 > cpuMs) process.kill(process.pid, 'SIGXCPU');
}, ${INTERVAL_MS});
`;

export interface Watchdog {
  allowMore(cpuMs: number): void;
}

/**
 * Ends this process when it grows or works too much: SIGKILL for memory, SIGXCPU for time, so that the parent can tell them apart. A
 * thread of its own, because the main thread is busy while memory grows, and heap limits do not bound typed arrays.
 */
export function startWatchdog(limits: WatchdogLimits): Watchdog {
  const thread = new Worker(WATCH, { eval: true, workerData: limits });
  thread.unref();
  return { allowMore: (cpuMs) => thread.postMessage(cpuMs) };
}
